-- one row per pull, as its last event tells it
{{ config(materialized='table') }}

with events as (
  select * from {{ source('ledger', 'pulls') }}
),

ranked as (
  select
    *,
    row_number() over (
      partition by pull_id
      -- A pull that was marked as failed may still turn out to have committed, and then it is complete.
      order by case status when 'completed' then 1 when 'failed' then 2 else 3 end, recorded_at desc
    ) as nth
  from events
)

select
  pull_id,
  sequence,
  system,
  source,
  entity,
  {{ utc_timestamp('window_start') }} as window_start,
  {{ utc_timestamp('window_end') }} as window_end,
  status,
  records_read,
  records_landed,
  records_known,
  records_quarantined,
  records_deleted,
  {{ utc_timestamp('started_at') }} as started_at,
  {{ utc_timestamp('finished_at') }} as finished_at,
  scope,
  pulldate,
  items_read,
  items_seen,
  items_held,
  items_refused,
  bytes_read,
  requests,
  retries,
  notes,
  error,
  code_version
from ranked
where nth = 1
