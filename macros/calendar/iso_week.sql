{# ISO 8601 week, 1 to 53. #}
{% macro iso_week(day) -%}
  {{ return(adapter.dispatch('iso_week')(day)) }}
{%- endmacro %}

{% macro duckdb__iso_week(day) -%}
  cast(weekofyear({{ day }}) as integer)
{%- endmacro %}

{% macro athena__iso_week(day) -%}
  cast(week_of_year({{ day }}) as integer)
{%- endmacro %}
