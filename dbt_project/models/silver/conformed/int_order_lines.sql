-- one row per order or return line of every system, its newest version; what is gone stays, marked, for gold to remove
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='order_line_key') }}

-- depends_on: {{ ref('pulls') }}
{% set versions = ref('int_order_line_versions') -%}
{% set concerned = 'concerned' if is_incremental() else versions -%}
{% set news = new_pulls(line_lookups(), by=['system', 'entity'], reaching='int_order_line_versions') if is_incremental() -%}
{% set are_touched = '_record_key in (select newer._record_key from ' ~ versions ~ ' as newer where newer._sequence in (' ~ news ~ '))' -%}
{# Most records have one version and need no sorting. -#}
{% set repeated %}
  select _record_key
  from {{ versions }}
  where {{ are_touched if is_incremental() else 'true' }}
  group by _record_key
  having min(_sequence) <> max(_sequence) or min(_position) <> max(_position)
{% endset -%}
{% set named = asked(repeated) if is_incremental() -%}
{% set repeated_keys = named or 'select repeated._record_key from repeated' -%}
with lookups as (
  {{ line_lookups() }}
),

repeated as (
  {{ repeated }}
),

-- A record's own time of change counts before the order in which its versions came.
ranked as (
  select
    _sequence, _position,
    row_number() over newest_first as nth,
    first_value(_sequence) over newest_first as newest_sequence,
    first_value(_position) over newest_first as newest_position
  from (
    select distinct _record_key, _version_at, _sequence, _position
    from {{ versions }}
    where _record_key in ({{ repeated_keys }})
  ) as record_versions
  window newest_first as (partition by _record_key order by _version_at desc nulls last, _sequence desc, _position desc)
),

-- A line that a newer version leaves out is gone. It, or its order's number, by which gold finds it, is of the last version that had it.
line_ranks as (
  select versions.order_line_key, min(ranked.nth) as nth, max(versions.order_id) as order_id
  from {{ versions }} as versions
  inner join ranked on versions._sequence = ranked._sequence and versions._position = ranked._position
  {% if named -%}
  where versions._record_key in ({{ named }})
  {%- endif %}
  group by versions.order_line_key
),

{% if is_incremental() %}
concerned as (
  {{ touched_versions(versions, news, repeated_keys, named) }}
),

{% endif %}
-- Time zones are slow, and an order's lines share their time.
times as (
  select distinct system, source, store_id, clock_time, is_utc
  from {{ concerned }}
),

instants as (
  select
    times.system, times.source, times.store_id, times.clock_time,
    case when times.is_utc then times.clock_time else {{ local_to_utc('times.clock_time', 'stores.time_zone') }} end as ordered_at,
    case when times.is_utc then {{ local_date('times.clock_time', 'stores.time_zone') }} else cast(times.clock_time as date) end as order_date
  from times
  left join {{ ref('int_stores') }} as stores on times.system = stores.system and times.source = stores.source and times.store_id = stores.store_id
),

newest as (
  select
    versions.*, instants.ordered_at, instants.order_date, coalesce(ranked.nth, 1) > 1 as has_vanished, ranked.newest_sequence, ranked.newest_position,
    coalesce(versions.order_id, line_ranks.order_id) as known_order_id
  from {{ concerned }} as versions
  -- Joined before lines are left out: DuckDB would take what is left for less than the instants, and hash all lines.
  left join instants
    on
      versions.system = instants.system and versions.source = instants.source and versions.store_id = instants.store_id
      and versions.clock_time = instants.clock_time
  left join ranked on versions._sequence = ranked._sequence and versions._position = ranked._position
  left join line_ranks on versions.order_line_key = line_ranks.order_line_key
  where
    -- In one with the ranks, or DuckDB works each key out twice.
    coalesce(ranked.nth, 1) = case when versions.order_line_key is not null then coalesce(line_ranks.nth, 1) end
)

{% set kept = [
  'order_line_key', 'system', 'source', 'entity', 'store_id', 'order_id', 'order_line_id', 'is_return', 'returned_order_id',
  'returned_order_line_id', 'line_type', 'sku', 'stock_code', 'parent_product_id', 'description', 'customer_id',
  'ship_country_name', 'ship_country', 'currency', 'base_currency_stated', 'fx_rate_stated', 'quantity', 'quantity_canceled',
  'unit_price', 'gross_amount', 'discount_amount', 'net_amount', 'tax_amount', 'gross_amount_base_stated',
  'discount_amount_base_stated', 'net_amount_base_stated', 'tax_amount_base_stated', 'ordered_at', 'order_date',
] -%}
select
  {%- for column in kept %}
  newest.{{ 'known_order_id as order_id' if column == 'order_id' else column }},
  {%- endfor %}
  newest._is_deleted or newest.has_vanished as _is_deleted,
  coalesce(newest.newest_sequence, newest._sequence) as _sequence,
  coalesce(newest.newest_position, newest._position) as _position,
  lookups.fingerprint as _lookups
from newest
cross join lookups
