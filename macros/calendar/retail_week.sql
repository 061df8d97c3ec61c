{# Week of the 4-5-4 retail calendar: 1 to 52, in some years 53. #}
{% macro retail_week(day) -%}
  {{ return(adapter.dispatch('retail_week')(day)) }}
{%- endmacro %}

{% macro duckdb__retail_week(day) -%}
  cast(date_diff('day', {{ retail_year_start(retail_year(day)) }}, {{ day }}) // 7 + 1 as integer)
{%- endmacro %}

{% macro athena__retail_week(day) -%}
  cast(date_diff('day', {{ retail_year_start(retail_year(day)) }}, {{ day }}) / 7 + 1 as integer)
{%- endmacro %}
