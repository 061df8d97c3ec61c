-- one row per order, without returns, in the order's own currency, base and reporting currency
{{ config(materialized='table') }}

with lines as (
  select * from {{ ref('fct_order_lines') }}
),

orders as (
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
    min(currency) as currency,
    min(base_currency) as base_currency,
    min(reporting_currency) as reporting_currency,
    count(*) as line_count,
    sum(quantity) as quantity,
    {%- for amount in ['gross_amount', 'discount_amount', 'net_amount', 'tax_amount'] %}
    {%- for currency in ['', '_base', '_reporting'] %}
    -- A sum that leaves out what it does not know would be wrong, not smaller.
    case when count(*) = count({{ amount }}{{ currency }}) then sum({{ amount }}{{ currency }}) end as {{ amount }}{{ currency }}{{ ',' if not (loop.last and amount == 'tax_amount') }}
    {%- endfor %}
    {%- endfor %}
  from lines
  group by order_key
)

select
  order_key,
  system,
  source,
  order_id,
  order_date,
  ordered_at,
  store_key,
  customer_key,
  ship_country,
  ship_country_name,
  line_count,
  cast(quantity as {{ sql_type('decimal') }}) as quantity,
  currency,
  {%- for amount in ['gross_amount', 'discount_amount', 'net_amount', 'tax_amount'] %}
  cast({{ amount }} as {{ sql_type('decimal') }}) as {{ amount }},
  {%- endfor %}
  base_currency,
  {%- for amount in ['gross_amount', 'discount_amount', 'net_amount', 'tax_amount'] %}
  cast({{ amount }}_base as {{ sql_type('decimal') }}) as {{ amount }}_base,
  {%- endfor %}
  reporting_currency,
  {%- for amount in ['gross_amount', 'discount_amount', 'net_amount', 'tax_amount'] %}
  cast({{ amount }}_reporting as {{ sql_type('decimal') }}) as {{ amount }}_reporting{{ ',' if not loop.last }}
  {%- endfor %}
from orders
