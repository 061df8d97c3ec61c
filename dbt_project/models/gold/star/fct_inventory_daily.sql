-- one row per day, system, source, location and SKU: the stock at the day's last look, or at the last one before it
{{ config(
  materialized='incremental', incremental_strategy='merge', unique_key=['date_day', 'system', 'source', 'location', 'sku'],
  partitioned_by=by_month('date_day')
) }}

{% set versions = ref('int_stock_versions') %}
{% set seeds = [
  {'relation': ref('catalogues'), 'columns': ['system', 'source', 'catalogue']},
  {'relation': ref('locations'), 'columns': ['system', 'source', 'location', 'is_counted']},
] -%}

{% set spells = ref('int_stock_spells') %}
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

-- Where something arrived, the days of the last look that was built and of those after it; else only days that are new.
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

first_looks as (
  select system, source, min(look_number) as first_look
  from days
  group by system, source
),

seen_spells as (
  select
    spells.system, spells.source, spells.location, spells.sku, spells.quantity, spells._sequence,
    greatest(spells.first_look, first_looks.first_look) as first_look, spells.last_look
  from {{ spells }} as spells
  inner join first_looks on spells.system = first_looks.system and spells.source = first_looks.source
  where spells.last_look >= first_looks.first_look
),

seen as (
  {{ numbers_between('seen_spells', 'first_look', 'last_look', 'look_number') }}
),

-- Several records may speak of one SKU at one place.
stock as (
  select system, source, location, sku, look_number, sum(quantity) as quantity, max(_sequence) as _sequence
  from seen
  group by system, source, location, sku, look_number
),

-- What was there once keeps its rows. Its key is hashed here, once, and not for each day.
known as (
  select
    spells.system, spells.source, spells.location, spells.sku, min(spells.first_look) as first_look,
    {{ surrogate_key(['coalesce(min(catalogues.catalogue), spells.system)', 'spells.sku']) }} as product_key,
    {{ surrogate_key(['spells.system', 'spells.source', 'spells.location']) }} as location_key,
    coalesce(bool_and(locations.is_counted), true) as is_counted
  from {{ spells }} as spells
  left join {{ ref('catalogues') }} as catalogues on spells.system = catalogues.system and spells.source = catalogues.source
  left join {{ ref('locations') }} as locations
    on spells.system = locations.system and spells.source = locations.source and spells.location = locations.location
  group by spells.system, spells.source, spells.location, spells.sku
)

select
  days.date_day,
  known.system, known.source, known.location, known.sku, known.product_key, known.location_key,
  cast(stock.quantity as {{ sql_type('decimal') }}) as quantity,
  stock.sku is not null as is_listed,
  known.is_counted,
  days.is_carried,
  days.looked_at,
  greatest(days._sequence, coalesce(stock._sequence, 0)) as _sequence,
  lookups.fingerprint as _lookups
from days
inner join known on days.system = known.system and days.source = known.source and days.look_number >= known.first_look
cross join lookups
left join stock
  on
    known.system = stock.system and known.source = stock.source and known.location = stock.location
    and known.sku = stock.sku and days.look_number = stock.look_number
