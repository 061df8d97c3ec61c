-- one row per entity of a source: how far it has come, and what it has brought so far

with pulls as (
  select * from {{ ref('pulls') }}
),

waiting as (
  select distinct pull_id from {{ ref('quarantine') }} where replayed_at is null
),

last_reads as (
  select system, source, entity, max(case when items_read > 0 then sequence else 0 end) as sequence
  from pulls
  where status = 'completed'
  group by system, source, entity
),

-- Since then every new file was refused, and waits in quarantine.
first_refusals as (
  select pulls.system, pulls.source, pulls.entity, min(pulls.sequence) as sequence
  from pulls
  inner join waiting on pulls.pull_id = waiting.pull_id
  inner join last_reads
    on
      pulls.system = last_reads.system
      and pulls.source = last_reads.source
      and pulls.entity = last_reads.entity
  where pulls.status = 'completed' and pulls.items_refused > 0 and pulls.sequence > last_reads.sequence
  group by pulls.system, pulls.source, pulls.entity
),

judged as (
  select
    pulls.*,
    pulls.status = 'completed' and pulls.sequence < coalesce(first_refusals.sequence, pulls.sequence + 1) as is_usable
  from pulls
  left join first_refusals
    on
      pulls.system = first_refusals.system
      and pulls.source = first_refusals.source
      and pulls.entity = first_refusals.entity
)

select
  system,
  source,
  entity,
  max(case when status = 'completed' then finished_at end) as last_completed_at,
  max(case when is_usable then finished_at end) as last_usable_at,
  max(case when status = 'completed' and records_landed + records_deleted > 0 then finished_at end) as last_changed_at,
  max(window_end) as last_window_end,
  max(sequence) as last_sequence,
  count(case when status = 'completed' then 1 end) as pulls_completed,
  count(case when status = 'failed' then 1 end) as pulls_failed,
  cast(coalesce(sum(records_read), 0) as bigint) as records_read,
  cast(coalesce(sum(records_landed), 0) as bigint) as records_landed,
  cast(coalesce(sum(records_known), 0) as bigint) as records_known,
  cast(coalesce(sum(records_quarantined), 0) as bigint) as records_quarantined,
  cast(coalesce(sum(records_deleted), 0) as bigint) as records_deleted
from judged
group by system, source, entity
