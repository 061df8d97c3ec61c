-- Warns of orders whose lines, tax and shipping do not come to the total that their shop states and what was prepaid, in its
-- currency or in the base currency: then a line was missed or counted twice, or the shop charges something that no line tells.
{{ config(severity='warn') }}

select
  system, source, order_id,
  total_amount, stated_total_amount, prepaid_amount,
  total_amount_base, stated_total_amount_base, prepaid_amount_base
from {{ ref('fct_orders') }}
where
  stated_total_amount is not null
  and (
    total_amount is distinct from stated_total_amount + prepaid_amount
    or total_amount_base is distinct from stated_total_amount_base + prepaid_amount_base
  )
