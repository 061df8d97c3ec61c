-- one row per version of an invoice's line that silver could read, under the project's words
{{ config(materialized='view') }}

with invoice_lines as (
  select * from {{ ref('stg_online_retail__invoice_lines') }}
),

stores as (
  select * from {{ ref('int_stores') }}
),

line_types as (
  select * from {{ ref('line_types') }}
),

country_names as (
  select * from {{ ref('country_names') }}
),

lines as (
  select
    invoice_lines.*,
    upper(invoice_lines.invoice) like 'C%' as is_return,
    upper(invoice_lines.stock_code) as sku,
    stores.store_id,
    stores.currency,
    case
      when invoice_lines.quantity < 0 and upper(invoice_lines.invoice) not like 'C%' then 'stock_adjustment'
      when line_types.line_type is not null then line_types.line_type
      when upper(invoice_lines.invoice) like 'A%' then 'adjustment'
      else 'product'
    end as line_type,
    country_names.country_code
  from invoice_lines
  left join stores on stores.system = 'online_retail' and invoice_lines.source = stores.source
  left join line_types on line_types.system = 'online_retail' and upper(invoice_lines.stock_code) = line_types.stock_code
  left join country_names on country_names.system = 'online_retail' and invoice_lines.country_name = country_names.country_name
  where invoice_lines._errors is null
)

{% set unknown = 'cast(null as ' ~ sql_type('decimal') ~ ')' -%}
select
  _record_key,
  'online_retail' as system,
  source,
  'invoice_lines' as entity,
  store_id,
  invoice as order_id,
  _record_key as order_line_id,
  {{ surrogate_key(["'online_retail'", 'source', '_record_key']) }} as order_line_key,
  is_return,
  cast(null as varchar) as returned_order_id,
  cast(null as varchar) as returned_order_line_id,
  line_type,
  sku,
  stock_code,
  cast(null as varchar) as parent_product_id,
  description,
  -- The file's customers went through a program that took them for decimals: 17850.0.
  case when customer like '%.0' then substr(customer, 1, length(customer) - 2) else customer end as customer_id,
  country_name as ship_country_name,
  country_code as ship_country,
  invoiced_at_local as clock_time,
  false as is_utc,
  currency,
  cast(null as varchar) as base_currency_stated,
  cast(null as {{ sql_type('rate') }}) as fx_rate_stated,
  quantity,
  cast(0 as {{ sql_type('decimal') }}) as quantity_canceled,
  unit_price,
  {{ multiply('quantity', 'unit_price') }} as gross_amount,
  cast(0 as {{ sql_type('decimal') }}) as discount_amount,
  {{ multiply('quantity', 'unit_price') }} as net_amount,
  {{ unknown }} as tax_amount,
  {{ unknown }} as gross_amount_base_stated,
  {{ unknown }} as discount_amount_base_stated,
  {{ unknown }} as net_amount_base_stated,
  {{ unknown }} as tax_amount_base_stated,
  _is_deleted,
  cast(null as {{ sql_type('utc') }}) as _version_at,
  _sequence,
  _position
from lines
