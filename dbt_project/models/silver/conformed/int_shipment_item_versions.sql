-- one row per item that a shipment lists, in its newest version: parents and children of a product alike
{{ config(materialized='view') }}

with newest as (
  {{ newest_versions(ref('stg_magento__shipment_items')) }}
)

select
  'magento' as system,
  source,
  order_id,
  order_item_id as order_line_id,
  {{ surrogate_key(["'magento'", 'source', 'order_id', 'order_item_id']) }} as order_line_key,
  shipment_id,
  shipment_item_id,
  shipped_at,
  quantity
from newest
where shipment_item_id is not null
