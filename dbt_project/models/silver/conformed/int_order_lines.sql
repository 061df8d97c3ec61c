-- one row per order or return line of every system, its newest version; deleted ones stay, marked, for gold to remove
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='_record_key') }}

with versions as (
  select * from {{ ref('int_order_line_versions') }}
),

lookups as (
  {{ line_lookups() }}
),

{% if is_incremental() %}
watermarks as (
  select this.system, {{ watermark('lookups.fingerprint') }} as sequence
  from {{ this }} as this
  cross join lookups
  group by this.system, lookups.fingerprint
),

touched as (
  select distinct versions._record_key
  from versions
  left join watermarks on versions.system = watermarks.system
  where versions._sequence > coalesce(watermarks.sequence, 0)
),

considered as (
  select * from versions where _record_key in (select touched._record_key from touched)
),
{% else %}
considered as (
  select * from versions
),
{% endif %}

superseded as (
  select older._record_key, older._sequence, older._position
  from (
    select
      _record_key, _sequence, _position,
      row_number() over (partition by _record_key order by _sequence desc, _position desc) as nth
    from considered
  ) as older
  where older.nth > 1
)

select considered.*, lookups.fingerprint as _lookups
from considered
cross join lookups
where not exists (
  select 1
  from superseded
  where
    superseded._record_key = considered._record_key
    and superseded._sequence = considered._sequence
    and superseded._position = considered._position
)
