{# Query for the newest version of each line of orders and returns, with its times, and whether its record has a newer version
   without it; in an increment, of the records of which there are new versions (news: see new_pulls). versions: a model of
   versions of lines. A record's own time of change counts before the order in which its versions came. #}
{% macro newest_lines(versions, news) -%}
  {{ return(adapter.dispatch('newest_lines')(versions, news)) }}
{%- endmacro %}

{% macro duckdb__newest_lines(versions, news) -%}
{%- set concerned = 'concerned' if is_incremental() else versions -%}
{#- Most records have one version and need no sorting. -#}
with repeated as (
  select _record_key
  from {{ versions }}
  {%- if is_incremental() %}
  where _record_key in (select newer._record_key from {{ versions }} as newer where newer._sequence in ({{ news }}))
  {%- endif %}
  group by _record_key
  having min(_sequence) <> max(_sequence) or min(_position) <> max(_position)
),

ranked as (
  select
    _sequence, _position,
    row_number() over newest_first as nth,
    first_value(_sequence) over newest_first as newest_sequence,
    first_value(_position) over newest_first as newest_position
  from (
    select distinct _record_key, _version_at, _sequence, _position
    from {{ versions }}
    where _record_key in (select repeated._record_key from repeated)
  ) as record_versions
  window newest_first as (partition by _record_key order by _version_at desc nulls last, _sequence desc, _position desc)
),

-- A line that a newer version leaves out is gone. It, or its order's number, by which gold finds it, is of the last version that had it.
line_ranks as (
  select versions.order_line_key, min(ranked.nth) as nth, max(versions.order_id) as order_id
  from {{ versions }} as versions
  inner join ranked on versions._sequence = ranked._sequence and versions._position = ranked._position
  group by versions.order_line_key
),

{% if is_incremental() %}
concerned as (
  -- Of a record with one version, what is new is all there is: hardly ever is anything else looked for.
  select newer.*
  from {{ versions }} as newer
  where newer._sequence in ({{ news }}) and not coalesce(newer._record_key in (select repeated._record_key from repeated), false)
  union all
  select versions.*
  from {{ versions }} as versions
  where versions._record_key in (select repeated._record_key from repeated)
),

{% endif %}
-- Time zones are slow, and an order's lines share their time.
times as (
  select distinct system, source, store_id, clock_time, is_utc
  from {{ concerned }}
),

instants as (
  select times.system, times.source, times.store_id, times.clock_time, {{ line_times('times', 'stores') }}
  from times
  left join {{ ref('int_stores') }} as stores on times.system = stores.system and times.source = stores.source and times.store_id = stores.store_id
)

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
{%- endmacro %}

{% macro athena__newest_lines(versions, news) -%}
{%- if not is_incremental() -%}
{{ duckdb__newest_lines(versions, news) }}
{%- else -%}
{#- All in one reading, since each name is read: so few rows may be sorted, and have their times worked out one by one. -#}
with ranked as (
  select
    versions.*,
    dense_rank() over newest_first as nth,
    first_value(_sequence) over newest_first as newest_sequence,
    first_value(_position) over newest_first as newest_position
  from {{ versions }} as versions
  where versions._record_key in (select newer._record_key from {{ versions }} as newer where newer._sequence in ({{ news }}))
  window newest_first as (partition by _record_key order by _version_at desc nulls last, _sequence desc, _position desc)
),

line_ranks as (
  select
    *,
    min(nth) over (partition by order_line_key) as line_nth,
    max(order_id) over (partition by order_line_key) as line_order_id
  from ranked
  where order_line_key is not null
)

select
  versions.*, {{ line_times('versions', 'stores') }}, versions.nth > 1 as has_vanished, coalesce(versions.order_id, versions.line_order_id) as known_order_id
from line_ranks as versions
left join {{ ref('int_stores') }} as stores
  on versions.system = stores.system and versions.source = stores.source and versions.store_id = stores.store_id
where versions.nth = versions.line_nth
{%- endif -%}
{%- endmacro %}
