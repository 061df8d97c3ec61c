-- one row per entry of an order's status history, its newest version
{{ config(materialized='view') }}

-- Entries are gathered from all versions of an order: a newer one may leave some out.
with ranked as (
  select
    *,
    row_number() over (
      partition by source, event_id order by coalesce(_record_at, _ingested_at) desc, _sequence desc, _position desc
    ) as nth
  from {{ ref('stg_magento__order_status_events') }}
  where _errors is null and event_id is not null
)

select
  'magento' as system,
  source,
  order_id,
  event_id,
  entity_name,
  status,
  happened_at
from ranked
where nth = 1
