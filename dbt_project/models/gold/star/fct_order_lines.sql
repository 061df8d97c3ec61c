-- one row per sold line, of all line types; lines of returns are in fct_return_lines
{{ config(**merge_with_tombstones('order_line_key')) }}

with facts as (
  {{ order_line_facts(is_return=false) }}
)

select
  system,
  source,
  order_id,
  order_line_id,
  order_line_key,
  order_key,
  order_date,
  ordered_at,
  store_key,
  product_key,
  customer_key,
  sku,
  line_type,
  is_revenue,
  quantity,
  quantity_canceled,
  unit_price,
  currency,
  gross_amount,
  discount_amount,
  net_amount,
  tax_amount,
  base_currency,
  gross_amount_base,
  discount_amount_base,
  net_amount_base,
  tax_amount_base,
  reporting_currency,
  gross_amount_reporting,
  discount_amount_reporting,
  net_amount_reporting,
  tax_amount_reporting,
  fx_rate_stated,
  fx_rate_from,
  fx_rate_base,
  fx_rate_to,
  fx_rate_date,
  ship_country,
  ship_country_name,
  is_gone as _is_deleted,
  _sequence,
  _lookups
from facts
