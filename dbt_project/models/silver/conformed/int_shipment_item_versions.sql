-- one row per version of a shipment and item of it: parents and children of a product alike; one without an item where it has none
{{ config(materialized='view') }}

select
  'magento' as system,
  source,
  _record_key,
  order_id,
  order_item_id as order_line_id,
  shipment_id,
  shipment_item_id,
  shipped_at,
  quantity,
  _is_deleted,
  _record_at,
  _ingested_at,
  _sequence,
  _position,
  _errors
from {{ ref('stg_magento__shipment_items') }}
