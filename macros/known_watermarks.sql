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
  {%- if model.resource_type != 'model' or not is_incremental() -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set query -%}
    select
      {%- for column in by %}
      data.{{ column }}.min,
      {%- endfor %}
      max(data._sequence.max) as sequence,
      min(data._lookups.min) as least,
      max(data._lookups.max) as most,
      bool_and(
        data._lookups.null_count = 0 and data._sequence.null_count = 0
        {%- for column in by %} and data.{{ column }}.null_count = 0 and data.{{ column }}.min = data.{{ column }}.max{% endfor %}
      ) as is_told
    from {{ metadata_of(this, 'partitions') }}
    group by {% for column in by %}data.{{ column }}.min{{ ', ' if not loop.last }}{% endfor %}
  {%- endset -%}
  {%- set rows = run_query(query).rows -%}
  {%- set fingerprint = asked(lookups) | int -%}
  {%- set known = [] -%}
  {%- for row in rows if row['is_told'] and row['least'] == row['most'] -%}
    {%- do known.append(row.values()[:by | length] + ((row['sequence'] if row['most'] == fingerprint else 0) | int,)) -%}
  {%- endfor -%}
  {{ return(known if known | length == rows | length else none) }}
{%- endmacro %}
