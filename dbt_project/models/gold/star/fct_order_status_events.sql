-- one row per entry of an order's status history
with events as (
  select * from {{ ref('int_order_status_events') }}
)

select
  {{ surrogate_key(['system', 'source', 'event_id']) }} as order_status_event_key,
  {{ surrogate_key(['system', 'source', 'order_id']) }} as order_key,
  system,
  source,
  order_id,
  event_id,
  entity_name,
  status,
  happened_at
from events
