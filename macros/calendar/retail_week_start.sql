{# The Sunday on which the retail week (Sunday to Saturday) of a date begins. #}
{% macro retail_week_start(day) -%}
  {{ return(adapter.dispatch('retail_week_start')(day)) }}
{%- endmacro %}

{% macro duckdb__retail_week_start(day) -%}
  cast({{ day }} - cast(isodow({{ day }}) % 7 as integer) as date)
{%- endmacro %}

{% macro athena__retail_week_start(day) -%}
  date_add('day', -(day_of_week({{ day }}) % 7), {{ day }})
{%- endmacro %}
