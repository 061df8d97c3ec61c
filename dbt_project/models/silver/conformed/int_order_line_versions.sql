-- one row per version of an order or return line that silver could read, of every system, under the project's words
{{ config(materialized='view') }}

with online_retail as (
  select * from {{ ref('stg_online_retail__invoice_lines') }}
),

stores as (
  select * from {{ ref('stores') }}
),

line_types as (
  select * from {{ ref('line_types') }}
),

country_names as (
  select * from {{ ref('country_names') }}
),

online_retail_lines as (
  select
    'online_retail' as system,
    lines.*,
    upper(lines.invoice) like 'C%' as is_return,
    upper(lines.stock_code) as sku,
    stores.currency,
    stores.time_zone,
    case
      when lines.quantity < 0 and upper(lines.invoice) not like 'C%' then 'stock_adjustment'
      when line_types.line_type is not null then line_types.line_type
      when upper(lines.invoice) like 'A%' then 'adjustment'
      else 'product'
    end as line_type,
    country_names.country_code
  from online_retail as lines
  left join stores on stores.system = 'online_retail' and lines.source = stores.source
  left join line_types on line_types.system = 'online_retail' and upper(lines.stock_code) = line_types.stock_code
  left join country_names on country_names.system = 'online_retail' and lines.country_name = country_names.country_name
  where lines._errors is null
)

select
  _record_key,
  system,
  source,
  invoice as order_id,
  _record_key as order_line_id,
  {{ surrogate_key(['system', 'source', '_record_key']) }} as order_line_key,
  is_return,
  line_type,
  sku,
  stock_code,
  description,
  -- The file's customers went through a program that took them for decimals: 17850.0.
  case when customer like '%.0' then substr(customer, 1, length(customer) - 2) else customer end as customer_id,
  country_name as ship_country_name,
  country_code as ship_country,
  invoiced_at_local as ordered_at_local,
  time_zone,
  cast(invoiced_at_local as date) as order_date,
  currency,
  quantity,
  unit_price,
  {{ multiply('quantity', 'unit_price') }} as gross_amount,
  cast(0 as {{ sql_type('decimal') }}) as discount_amount,
  {{ multiply('quantity', 'unit_price') }} as net_amount,
  cast(null as {{ sql_type('decimal') }}) as tax_amount,
  _is_deleted,
  _sequence,
  _position
from online_retail_lines
