-- one row per line of a C invoice, with the latest earlier order of the same customer, product and price
with returns as (
  select * from {{ ref('lines') }} where is_return
),

sales as (
  select customer_id, sku, unit_price, ordered_at, order_id
  from {{ ref('fct_order_lines') }}
  semi join returns using (customer_id, sku, unit_price)
  where quantity > 0
)

select returns.*, sales.order_id as returned_order_id
from returns
asof left join sales
  on returns.customer_id = sales.customer_id and returns.sku = sales.sku
    and returns.unit_price = sales.unit_price and returns.ordered_at >= sales.ordered_at
