{# Query for the versions of a bronze table that this model has not consumed yet, with the sequence of their pull.
   carried: further columns of bronze, texts.
   Only versions of completed pulls have one. With nothing new, bronze is not even opened: it may not exist yet. #}
{% macro new_versions(bronze, system, entity, carried=[]) -%}
  {%- set pulldates = pulldates_to_read(system, entity) -%}
  {%- if pulldates -%}
  select
    versions.source, versions._record_key, versions._operation = 'delete' as _is_deleted,
    {{ utc_timestamp('versions._record_at') }} as _record_at, {{ utc_timestamp('versions._ingested_at') }} as _ingested_at,
    versions._position, pulls.sequence as _sequence, versions._document
    {%- for column in carried %}, versions.{{ column }}{% endfor %}
  from {{ bronze }} as versions
  inner join {{ ref('pulls') }} as pulls on versions._pull_id = pulls.pull_id
  where
    pulls.status = 'completed' and pulls.system = '{{ system }}' and pulls.entity = '{{ entity }}'
    and versions.pulldate between date '{{ pulldates[0] }}' and date '{{ pulldates[1] }}'
    {%- if is_incremental() %}
    and pulls.sequence > (select coalesce(max(seen._sequence), 0) from {{ this }} as seen)
    {%- endif %}
  {%- else -%}
  select
    cast(null as varchar) as source, cast(null as varchar) as _record_key, cast(null as boolean) as _is_deleted,
    cast(null as {{ sql_type('utc') }}) as _record_at, cast(null as {{ sql_type('utc') }}) as _ingested_at,
    cast(null as bigint) as _position, cast(null as bigint) as _sequence,
    cast(null as varchar) as _document
    {%- for column in carried %}, cast(null as varchar) as {{ column }}{% endfor %}
  where 1 = 0
  {%- endif -%}
{%- endmacro %}
