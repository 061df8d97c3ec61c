-- one row per order, without returns, in the order's own currency, base and reporting currency
{{ config(materialized='table') }}

with order_lines as (
  select * from {{ ref('fct_order_lines') }}
)

select
  order_key,
  min(system) as system,
  min(source) as source,
  min(order_id) as order_id,
  min(order_date) as order_date,
  min(ordered_at) as ordered_at,
  min(store_key) as store_key,
  -- A known customer counts before an unknown one.
  max(customer_key) as customer_key,
  min(ship_country) as ship_country,
  min(ship_country_name) as ship_country_name,
  count(*) as line_count,
  cast(sum(quantity) as {{ sql_type('decimal') }}) as quantity,
  min(currency) as currency,
  {{ sum_if_known('gross_amount') }} as gross_amount,
  {{ sum_if_known('discount_amount') }} as discount_amount,
  {{ sum_if_known('net_amount') }} as net_amount,
  {{ sum_if_known('tax_amount') }} as tax_amount,
  min(base_currency) as base_currency,
  {{ sum_if_known('gross_amount_base') }} as gross_amount_base,
  {{ sum_if_known('discount_amount_base') }} as discount_amount_base,
  {{ sum_if_known('net_amount_base') }} as net_amount_base,
  {{ sum_if_known('tax_amount_base') }} as tax_amount_base,
  min(reporting_currency) as reporting_currency,
  {{ sum_if_known('gross_amount_reporting') }} as gross_amount_reporting,
  {{ sum_if_known('discount_amount_reporting') }} as discount_amount_reporting,
  {{ sum_if_known('net_amount_reporting') }} as net_amount_reporting,
  {{ sum_if_known('tax_amount_reporting') }} as tax_amount_reporting
from order_lines
group by order_key
