-- one row per entry of an order's status history, its newest version
{{ config(**merge_on_duckdb('order_status_event_key')) }}

{% set versions = ref('int_order_status_event_versions') -%}
{% if is_incremental() %}
with touched as (
  select distinct source, event_id
  from {{ versions }}
  where _sequence > (select coalesce(max(this._sequence), 0) from {{ this }} as this)
),

{% else %}
with
{% endif %}
-- Entries are gathered from all versions of an order: a newer one may leave some out.
ranked as (
  select
    versions.*,
    row_number() over (
      partition by versions.source, versions.event_id
      order by versions._version_at desc, versions._sequence desc, versions._position desc
    ) as nth
  from {{ versions }} as versions
  {%- if is_incremental() %}
  inner join touched on versions.source = touched.source and versions.event_id = touched.event_id
  {%- endif %}
)

select
  {{ surrogate_key(['system', 'source', 'event_id']) }} as order_status_event_key,
  {{ surrogate_key(['system', 'source', 'order_id']) }} as order_key,
  system,
  source,
  order_id,
  event_id,
  entity_name,
  status,
  happened_at,
  false as _is_deleted,
  _sequence
from ranked
where nth = 1
