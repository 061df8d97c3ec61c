{# The table of a model that is made anew in each build, as the last one left it, for what need not be worked out again; none
   where there is none yet, it lacks one of these columns, a full refresh is asked for, and on Athena: there what is read
   counts, and this is read besides. #}
{% macro previous_table(columns) -%}
  {{ return(adapter.dispatch('previous_table')(columns)) }}
{%- endmacro %}

{% macro duckdb__previous_table(columns) -%}
  {%- if model.resource_type == 'model' and can_query() and not should_full_refresh() -%}
    {%- set held = load_relation(this) -%}
    {%- if held is not none and held.is_table -%}
      {%- set missing = columns | reject('in', adapter.get_columns_in_relation(held) | map(attribute='name') | list) | list -%}
      {{ return(none if missing else held) }}
    {%- endif -%}
  {%- endif -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__previous_table(columns) -%}
  {{ return(none) }}
{%- endmacro %}
