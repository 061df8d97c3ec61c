-- one row per file, page or offset range of a completed pull
{% set instant = 'timestamp with time zone' %}

with items as (
  {{ table_or_empty(source('ledger', 'pull_items'), [
    {'name': 'pull_id', 'type': 'varchar'},
    {'name': 'system', 'type': 'varchar'},
    {'name': 'source', 'type': 'varchar'},
    {'name': 'entity', 'type': 'varchar'},
    {'name': 'item', 'type': 'bigint'},
    {'name': 'name', 'type': 'varchar'},
    {'name': 'status', 'type': 'varchar'},
    {'name': 'reason', 'type': 'varchar'},
    {'name': 'content_hash', 'type': 'varchar'},
    {'name': 'size_bytes', 'type': 'bigint'},
    {'name': 'modified_at', 'type': instant},
    {'name': 'records_read', 'type': 'bigint'},
    {'name': 'records_quarantined', 'type': 'bigint'},
    {'name': 'parts', 'type': 'varchar'},
    {'name': 'drift', 'type': 'varchar'},
    {'name': 'raw_uri', 'type': 'varchar'},
  ]) }}
),

pulls as (
  select pull_id, sequence from {{ ref('pulls') }} where status = 'completed'
)

select
  items.pull_id,
  pulls.sequence,
  items.item,
  items.system,
  items.source,
  items.entity,
  items.name,
  items.status,
  items.reason,
  items.records_read,
  items.records_quarantined,
  items.content_hash,
  items.size_bytes,
  {{ utc_timestamp('items.modified_at') }} as modified_at,
  items.parts,
  items.drift,
  items.raw_uri
from items
inner join pulls on items.pull_id = pulls.pull_id
