-- one row per version of an order and entry of its status history that could be read
{{ config(materialized='view') }}

select
  'magento' as system,
  source,
  order_id,
  event_id,
  entity_name,
  status,
  happened_at,
  coalesce(_record_at, _ingested_at) as _version_at,
  _sequence,
  _position
from {{ ref('stg_magento__order_status_events') }}
where _errors is null and event_id is not null
