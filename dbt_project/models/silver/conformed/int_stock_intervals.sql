-- one row per version of a stock record that the last snapshot of any day saw, and the snapshots that saw it
{{ config(materialized='view') }}

with versions as (
  select
    *,
    lead(_sequence) over (partition by _record_key order by _sequence, _position) as next_sequence
  from {{ ref('int_stock_versions') }}
),

last_snapshots as (
  select distinct system, source, snapshot_number, next_sequence from {{ ref('int_stock_days') }}
),

-- What lands after a snapshot and before the next one belongs to it: a replay mends what the snapshot refused.
marks as (
  select system, source, next_sequence as _sequence, 1 as ended from last_snapshots
  where next_sequence is not null
  union all
  select distinct system, source, _sequence, 0 as ended from versions
),

counted as (
  select
    system, source, _sequence,
    cast(sum(ended) over (partition by system, source order by _sequence) as bigint) as snapshots_ended
  from marks
),

ended_snapshots as (
  select system, source, _sequence, max(snapshots_ended) as snapshots_ended
  from counted
  group by system, source, _sequence
),

totals as (
  select system, source, max(snapshot_number) as snapshots
  from last_snapshots
  group by system, source
),

intervals as (
  select
    versions.*,
    begun.snapshots_ended + 1 as first_snapshot,
    coalesce(superseded.snapshots_ended, totals.snapshots) as last_snapshot
  from versions
  inner join totals on versions.system = totals.system and versions.source = totals.source
  inner join ended_snapshots as begun
    on versions.system = begun.system and versions.source = begun.source and versions._sequence = begun._sequence
  left join ended_snapshots as superseded
    on
      versions.system = superseded.system and versions.source = superseded.source
      and versions.next_sequence = superseded._sequence
)

select
  _record_key,
  system,
  source,
  location,
  sku,
  quantity,
  first_snapshot,
  last_snapshot,
  _sequence
from intervals
where is_listed and first_snapshot <= last_snapshot
