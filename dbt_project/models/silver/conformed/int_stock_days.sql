-- one row per system, source and day, from its first look at stock to the latest of any source: the snapshot that counts
{{ config(materialized='table') }}

with snapshots as (
  select * from {{ ref('stg_ledger__full_snapshots') }}
  where
    ((system = 'magento' and entity = 'source_items') or (system = 'stock_feed' and entity = 'items'))
    and snapshot_date between date '{{ var('dim_date_start') }}' and date '{{ var('dim_date_end') }}'
),

days as (
  {{ day_series("date '" ~ var('dim_date_start') ~ "'", "date '" ~ var('dim_date_end') ~ "'") }}
),

followed as (
  select
    *,
    lead(_sequence) over (partition by system, source order by _sequence) as next_sequence,
    row_number() over (partition by system, source, snapshot_date order by _sequence desc) as nth_last_of_day
  from snapshots
),

last_snapshots as (
  select
    *,
    row_number() over (partition by system, source order by _sequence) as snapshot_number,
    lead(snapshot_date) over (partition by system, source order by snapshot_date) as next_snapshot_date,
    max(snapshot_date) over () as last_snapshot_date
  from followed
  where nth_last_of_day = 1
)

select
  last_snapshots.system,
  last_snapshots.source,
  days.date_day,
  cast(last_snapshots.snapshot_number as bigint) as snapshot_number,
  last_snapshots.snapshot_at,
  days.date_day > last_snapshots.snapshot_date as is_carried,
  last_snapshots.next_sequence,
  last_snapshots._sequence
from last_snapshots
inner join days
  on
    last_snapshots.snapshot_date <= days.date_day and last_snapshots.last_snapshot_date >= days.date_day
    and (last_snapshots.next_snapshot_date is null or days.date_day < last_snapshots.next_snapshot_date)
