-- one row per entity of a source: how far it has come, and what it has brought so far

with pulls as (
  select * from {{ ref('pulls') }}
)

select
  system,
  source,
  entity,
  max(case when status = 'completed' then finished_at end) as last_completed_at,
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
from pulls
group by system, source, entity
