-- one row per version of a stock record that the last look of any day saw, and the looks that saw it
{{ config(materialized='view') }}

with versions as (
  select
    *,
    lead(_sequence) over (partition by _record_key order by _sequence, _position) as next_sequence
  from {{ ref('int_stock_versions') }}
),

last_looks as (
  select distinct system, source, look_number, next_sequence from {{ ref('int_stock_days') }}
),

-- What lands after a look and before the next one belongs to it: a replay mends what the look refused.
marks as (
  select system, source, next_sequence as _sequence, 1 as ended from last_looks
  where next_sequence is not null
  union all
  select distinct system, source, _sequence, 0 as ended from versions
),

counted as (
  select
    system, source, _sequence,
    cast(sum(ended) over (partition by system, source order by _sequence) as bigint) as looks_ended
  from marks
),

ended_looks as (
  select system, source, _sequence, max(looks_ended) as looks_ended
  from counted
  group by system, source, _sequence
),

totals as (
  select system, source, max(look_number) as looks
  from last_looks
  group by system, source
),

spells as (
  select
    versions.*,
    begun.looks_ended + 1 as first_look,
    coalesce(superseded.looks_ended, totals.looks) as last_look
  from versions
  inner join totals on versions.system = totals.system and versions.source = totals.source
  inner join ended_looks as begun
    on versions.system = begun.system and versions.source = begun.source and versions._sequence = begun._sequence
  left join ended_looks as superseded
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
  first_look,
  last_look,
  _sequence
from spells
where is_listed and first_look <= last_look
