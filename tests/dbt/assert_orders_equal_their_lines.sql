-- Fails when orders and order lines tell different sums: then an order was counted twice or lost, or its lines do not
-- agree on store or currency.
with orders as (
  select
    count(*) as orders,
    coalesce(sum(line_count), 0) as line_count,
    sum(quantity) as quantity,
    sum(net_amount + shipping_amount - shipping_discount_amount) as net_amount
  from {{ ref('fct_orders') }}
),

lines as (
  select
    count(distinct order_key) as orders,
    count(case when line_type <> 'no_items' then 1 end) as line_count,
    sum(case when product_key <> -2 then quantity end) as quantity,
    sum(net_amount) as net_amount
  from {{ ref('fct_order_lines') }}
)

select
  orders.orders,
  lines.orders as orders_of_lines,
  orders.line_count,
  lines.line_count as lines_of_lines,
  orders.quantity,
  lines.quantity as quantity_of_lines,
  orders.net_amount,
  lines.net_amount as net_amount_of_lines
from orders
cross join lines
where
  orders.orders <> lines.orders
  or orders.line_count is distinct from lines.line_count
  or orders.quantity is distinct from lines.quantity
  or orders.net_amount is distinct from lines.net_amount
