{# What `watermarks` would find in the rows of this model's table, as a list of rows (what `by` names, then the sequence), where
   it can be had without reading them; else none. On Athena, Iceberg knows the bounds of each column in a partition's files.
   They tell it where nothing is told apart within a partition, and no row of other seeds or settings is in any file,
   deleted ones included. lookups: see watermarks. #}
{% macro known_watermarks(lookups, by) -%}
  {{ return(adapter.dispatch('known_watermarks')(lookups, by)) }}
{%- endmacro %}

{% macro duckdb__known_watermarks(lookups, by) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__known_watermarks(lookups, by) -%}
  {%- if not may_read_metadata() -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set partitions = metadata_of(this, 'partitions') -%}
  {#- Told by JSON, since the columns differ: what a table has partitions of is not among `data`. -#}
  {%- set parted = 'partition' in run_query('select * from ' ~ partitions ~ ' limit 0').column_names -%}
  {%- set query -%}
    select
      {{ by | join(', ') }},
      max(cast(json_extract_scalar(data, '$._sequence.max') as bigint)) as sequence,
      min(cast(json_extract_scalar(data, '$._lookups.min') as bigint)) as least,
      max(cast(json_extract_scalar(data, '$._lookups.max') as bigint)) as most,
      bool_and(is_told and json_extract_scalar(data, '$._sequence.null_count') = '0' and json_extract_scalar(data, '$._lookups.null_count') = '0') as is_told
    from (
      select
        {%- for column in by %}
        coalesce(json_extract_scalar(parts, '$.{{ column }}'), json_extract_scalar(data, '$.{{ column }}.min')) as {{ column }},
        {%- endfor %}
        true
        {%- for column in by %}
        and coalesce(
          json_extract_scalar(parts, '$.{{ column }}') is not null
          or (json_extract_scalar(data, '$.{{ column }}.min') = json_extract_scalar(data, '$.{{ column }}.max') and json_extract_scalar(data, '$.{{ column }}.null_count') = '0'),
          false
        )
        {%- endfor %} as is_told,
        data
      from (select {{ 'cast(partition as json)' if parted else 'cast(null as json)' }} as parts, cast(data as json) as data from {{ partitions }}) as told
    ) as bounds
    group by {{ by | join(', ') }}
  {%- endset -%}
  {%- set rows = run_query(query).rows -%}
  {%- set fingerprint = query_to_in_list(lookups) | int -%}
  {%- set known = [] -%}
  {%- for row in rows if row['is_told'] and row['least'] == row['most'] -%}
    {%- do known.append(row.values()[:by | length] + ((row['sequence'] if row['most'] == fingerprint else 0) | int,)) -%}
  {%- endfor -%}
  {{ return(known if known | length == rows | length else none) }}
{%- endmacro %}
