-- one row per system, source and day, from its first look at stock to the latest of any source: the look that counts
{{ config(materialized='table') }}

with looks as (
  select * from {{ ref('stg_ledger__looks') }}
  where
    ((system = 'magento' and entity = 'source_items') or (system = 'stock_feed' and entity = 'items'))
    and look_date between date '{{ var('dim_date_start') }}' and date '{{ var('dim_date_end') }}'
),

days as (
  {{ day_series("date '" ~ var('dim_date_start') ~ "'", "date '" ~ var('dim_date_end') ~ "'") }}
),

followed as (
  select
    *,
    lead(_sequence) over (partition by system, source order by _sequence) as next_sequence,
    row_number() over (partition by system, source, look_date order by _sequence desc) as nth_last_of_day
  from looks
),

last_looks as (
  select
    *,
    row_number() over (partition by system, source order by _sequence) as look_number,
    lead(look_date) over (partition by system, source order by look_date) as next_look_date,
    max(look_date) over () as last_look_date
  from followed
  where nth_last_of_day = 1
)

select
  last_looks.system,
  last_looks.source,
  days.date_day,
  cast(last_looks.look_number as bigint) as look_number,
  last_looks.looked_at,
  days.date_day > last_looks.look_date as is_carried,
  last_looks.next_sequence,
  last_looks._sequence
from last_looks
inner join days
  on
    last_looks.look_date <= days.date_day and last_looks.last_look_date >= days.date_day
    and (last_looks.next_look_date is null or days.date_day < last_looks.next_look_date)
