-- one row per version of an order or return line that silver could read, of every system, under the project's words;
-- one without a line for a version that has none
{{ config(materialized='view') }}

{% set columns %}
  _record_key, system, source, entity, store_id, order_id, order_line_id, order_line_key,
  is_return, returned_order_id, returned_order_line_id, line_type, sku, stock_code, parent_product_id, description,
  customer_id, ship_country_name, ship_country, clock_time, is_utc, currency, base_currency_stated, fx_rate_stated,
  quantity, quantity_canceled, unit_price,
  gross_amount, discount_amount, net_amount, tax_amount,
  gross_amount_base_stated, discount_amount_base_stated, net_amount_base_stated, tax_amount_base_stated,
  _is_deleted, _version_at, _sequence, _position
{% endset -%}
{# A code that is no country's is kept as the name that was written: the line has no country, and people are told. #}
{% set told_country %}
  case when codes.country_code is null then lines.ship_country end as ship_country_name, codes.country_code as ship_country
{%- endset -%}
{% set of_a_country = columns | replace('ship_country_name, ship_country', told_country) -%}

with codes as (
  select country_code from {{ ref('countries') }}
)

select {{ columns }} from {{ ref('int_online_retail__order_line_versions') }}
union all
select {{ of_a_country }}
from {{ ref('int_magento__order_line_versions') }} as lines
left join codes on upper(lines.ship_country) = codes.country_code
union all
select {{ columns }} from {{ ref('int_magento__return_line_versions') }}
