{# The date so many days (an integer, may be negative) after a date. #}
{% macro add_days(day, days) -%}
  {{ return(adapter.dispatch('add_days')(day, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(day, days) -%}
  cast({{ day }} + ({{ days }}) as date)
{%- endmacro %}

{% macro athena__add_days(day, days) -%}
  date_add('day', {{ days }}, {{ day }})
{%- endmacro %}
