-- one row per sold line in a shipment
{{ config(materialized='table') }}

with shipment_items as (
  {{ newest_versions(ref('stg_magento__shipment_items')) }}
),

-- A shipment lists parents and children alike: what was sold is what the order's lines say.
order_lines as (
  select * from {{ ref('fct_order_lines') }}
),

stores as (
  select * from {{ ref('dim_store') }}
),

keyed as (
  select
    *,
    {{ surrogate_key(["'magento'", 'source', 'order_id', 'order_item_id']) }} as order_line_key
  from shipment_items
  where shipment_item_id is not null
)

select
  {{ surrogate_key(["'magento'", 'keyed.source', 'keyed.shipment_item_id']) }} as shipment_line_key,
  keyed.order_line_key,
  order_lines.order_key,
  order_lines.system,
  order_lines.source,
  keyed.shipment_id,
  order_lines.order_id,
  order_lines.order_line_id,
  {{ local_date('keyed.shipped_at', 'stores.time_zone') }} as ship_date,
  keyed.shipped_at,
  order_lines.store_key,
  order_lines.product_key,
  order_lines.customer_key,
  order_lines.sku,
  keyed.quantity
from keyed
inner join order_lines on keyed.order_line_key = order_lines.order_line_key
inner join stores on order_lines.store_key = stores.store_key
