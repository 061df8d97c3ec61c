{# Partitions of a table by columns, for `partitioned_by`: a query for some values reads their files. None on DuckDB, whose one
   file skips what it need not read by itself. #}
{% macro partitions(columns) -%}
  {{ return(adapter.dispatch('partitions')(columns)) }}
{%- endmacro %}

{% macro duckdb__partitions(columns) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__partitions(columns) -%}
  {{ return(columns) }}
{%- endmacro %}
