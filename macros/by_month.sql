{# Partitions of a table by the month of a date, for `partitioned_by`: a query for some days reads the files of their
   months. None on DuckDB, whose one file skips what it need not read by itself. #}
{% macro by_month(date_column) -%}
  {{ return(adapter.dispatch('by_month')(date_column)) }}
{%- endmacro %}

{% macro duckdb__by_month(date_column) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__by_month(date_column) -%}
  {{ return(['month(' ~ date_column ~ ')']) }}
{%- endmacro %}
