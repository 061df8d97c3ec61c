-- one row: what all ways must agree on
with facts as (
  select order_date, net_amount, net_amount_eur from {{ ref('fct_order_lines') }}
  union all
  select order_date, net_amount, net_amount_eur from {{ ref('fct_return_lines') }}
)

select
  (select count(*) from {{ ref('fct_order_lines') }}) as order_lines,
  (select count(*) from {{ ref('fct_return_lines') }}) as return_lines,
  (select count(returned_order_id) from {{ ref('fct_return_lines') }}) as linked_returns,
  (select count(*) from {{ ref('dim_product') }}) as products,
  (select count(*) from {{ ref('dim_customer') }}) as customers,
  (select count(*) from {{ ref('dim_country') }}) as countries,
  count(distinct order_date) as days,
  sum(net_amount)::double as net,
  sum(net_amount_eur)::double as euros,
  (select sum(revenue_eur)::double from {{ ref('mart_daily_sales') }}) as revenue_euros
from facts
