-- one row per record, or file, that a completed pull refused, and when it was taken in after all
{% set instant = 'timestamp with time zone' %}

with refused as (
  {{ table_or_empty(source('ledger', 'quarantine'), [
    {'name': 'pull_id', 'type': 'varchar'},
    {'name': 'position', 'type': 'bigint'},
    {'name': 'system', 'type': 'varchar'},
    {'name': 'source', 'type': 'varchar'},
    {'name': 'entity', 'type': 'varchar'},
    {'name': 'rule', 'type': 'varchar'},
    {'name': 'field', 'type': 'varchar'},
    {'name': 'reason', 'type': 'varchar'},
    {'name': 'source_uri', 'type': 'varchar'},
    {'name': 'content_hash', 'type': 'varchar'},
    {'name': 'quarantined_at', 'type': instant},
  ]) }}
),

replays as (
  {{ table_or_empty(source('ledger', 'quarantine_replays'), [
    {'name': 'pull_id', 'type': 'varchar'},
    {'name': 'content_hash', 'type': 'varchar'},
    {'name': 'replay_pull_id', 'type': 'varchar'},
    {'name': 'replayed_at', 'type': instant},
  ]) }}
),

pulls as (
  select * from {{ ref('pulls') }} where status = 'completed'
),

-- A replay counts once its own pull is complete, like everything else.
replayed as (
  select replays.pull_id, replays.content_hash, min(replays.replayed_at) as replayed_at
  from replays
  inner join pulls on replays.replay_pull_id = pulls.pull_id
  group by replays.pull_id, replays.content_hash
)

select
  refused.pull_id,
  refused.system,
  refused.source,
  refused.entity,
  refused.rule,
  refused.field,
  refused.reason,
  {{ utc_timestamp('refused.quarantined_at') }} as quarantined_at,
  {{ utc_timestamp('replayed.replayed_at') }} as replayed_at,
  refused.position,
  refused.source_uri,
  refused.content_hash
from refused
inner join pulls on refused.pull_id = pulls.pull_id
left join replayed
  on
    refused.pull_id = replayed.pull_id
    and refused.content_hash is not distinct from replayed.content_hash
