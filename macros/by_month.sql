{# Partitions of a table by the month of a date, for `partitioned_by`, within those of other columns: a query for some days reads
   the files of their months. None on DuckDB, whose one file skips what it need not read by itself. #}
{% macro by_month(date_column, within=[]) -%}
  {{ return(adapter.dispatch('by_month')(date_column, within)) }}
{%- endmacro %}

{% macro duckdb__by_month(date_column, within) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__by_month(date_column, within) -%}
  {#- The month comes last: changed_months goes by that. -#}
  {{ return(within + ['month(' ~ date_column ~ ')']) }}
{%- endmacro %}
