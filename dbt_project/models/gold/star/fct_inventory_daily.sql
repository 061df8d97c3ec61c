-- one row per day, system, source, location and SKU: the stock at the day's last snapshot, or at the last one before it
{{ config(
  materialized='incremental', incremental_strategy='merge', unique_key=['date_day', 'system', 'source', 'location', 'sku'],
  partitioned_by=by_month('date_day')
) }}

{% set versions = ref('int_stock_versions') %}
{% set seeds = [
  {'relation': ref('catalogues'), 'columns': ['system', 'source', 'catalogue']},
  {'relation': ref('locations'), 'columns': ['system', 'source', 'location', 'is_counted']},
] -%}
{% set intervals = ref('int_stock_intervals') %}
with lookups as (
  {{ fingerprint(seeds, settings=['edition 2']) }}
),

{% if is_incremental() %}
watermarks as (
  {{ watermarks('lookups', by=['system', 'source']) }}
),

built as (
  select system, source, max(date_day) as last_day
  from {{ this }}
  group by system, source
),

arrived as (
  select system, source, max(_sequence) as sequence
  from (
    select system, source, _sequence from {{ ref('int_stock_days') }}
    union all
    select system, source, _sequence from {{ versions }}
  ) as sequences
  group by system, source
),
{% endif %}

-- Where something arrived, the days of the last snapshot that was built and of those after it; else only days that are new.
days as (
  select days.*
  from {{ ref('int_stock_days') }} as days
  {%- if is_incremental() %}
  left join watermarks on days.system = watermarks.system and days.source = watermarks.source
  left join built on days.system = built.system and days.source = built.source
  left join arrived on days.system = arrived.system and days.source = arrived.source
  where
    built.last_day is null or days.date_day > built.last_day
    or (arrived.sequence > watermarks.sequence and coalesce(days.next_sequence > watermarks.sequence, true))
  {%- endif %}
),

first_snapshots as (
  select system, source, min(snapshot_number) as first_snapshot
  from days
  group by system, source
),

seen_intervals as (
  select
    intervals.system, intervals.source, intervals.location, intervals.sku, intervals.quantity, intervals._sequence,
    greatest(intervals.first_snapshot, first_snapshots.first_snapshot) as first_snapshot, intervals.last_snapshot
  from {{ intervals }} as intervals
  inner join first_snapshots on intervals.system = first_snapshots.system and intervals.source = first_snapshots.source
  where intervals.last_snapshot >= first_snapshots.first_snapshot
),

seen as (
  {{ numbers_between('seen_intervals', 'first_snapshot', 'last_snapshot', 'snapshot_number') }}
),

-- Several records may speak of one SKU at one place.
stock as (
  select system, source, location, sku, snapshot_number, sum(quantity) as quantity, max(_sequence) as _sequence
  from seen
  group by system, source, location, sku, snapshot_number
),

-- What was there once keeps its rows. Its key is hashed here, once, and not for each day.
known as (
  select
    intervals.system, intervals.source, intervals.location, intervals.sku, min(intervals.first_snapshot) as first_snapshot,
    {{ surrogate_key(['coalesce(min(catalogues.catalogue), intervals.system)', 'intervals.sku']) }} as product_key,
    {{ surrogate_key(['intervals.system', 'intervals.source', 'intervals.location']) }} as location_key,
    coalesce(bool_and(locations.is_counted), true) as is_counted
  from {{ intervals }} as intervals
  left join {{ ref('catalogues') }} as catalogues on intervals.system = catalogues.system and intervals.source = catalogues.source
  left join {{ ref('locations') }} as locations
    on intervals.system = locations.system and intervals.source = locations.source and intervals.location = locations.location
  group by intervals.system, intervals.source, intervals.location, intervals.sku
)

select
  days.date_day,
  known.system, known.source, known.location, known.sku, known.product_key, known.location_key,
  cast(stock.quantity as {{ sql_type('decimal') }}) as quantity,
  stock.sku is not null as is_listed,
  known.is_counted,
  days.is_carried,
  days.snapshot_at,
  days.snapshot_at as looked_at,
  greatest(days._sequence, coalesce(stock._sequence, 0)) as _sequence,
  lookups.fingerprint as _lookups
from days
inner join known on days.system = known.system and days.source = known.source and days.snapshot_number >= known.first_snapshot
cross join lookups
left join stock
  on
    known.system = stock.system and known.source = stock.source and known.location = stock.location
    and known.sku = stock.sku and days.snapshot_number = stock.snapshot_number
