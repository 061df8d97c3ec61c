-- Warns of orders whose lines, tax and shipping do not come to the total that their shop states, in its currency or in the
-- base currency: then a line was missed or counted twice, or the shop charges something that no line tells.
{{ config(severity='warn') }}

select
  orders.system, orders.source, orders.order_id,
  orders.total_amount, stated.total_amount as stated_total_amount,
  orders.total_amount_base, stated.total_amount_base as stated_total_amount_base
from {{ ref('fct_orders') }} as orders
inner join {{ ref('int_orders') }} as stated on orders.order_key = stated.order_key
where
  orders.total_amount is distinct from stated.total_amount
  or orders.total_amount_base is distinct from stated.total_amount_base
