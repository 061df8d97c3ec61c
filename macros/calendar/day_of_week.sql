{# ISO day of the week: 1 is Monday, 7 is Sunday. #}
{% macro day_of_week(day) -%}
  {{ return(adapter.dispatch('day_of_week')(day)) }}
{%- endmacro %}

{% macro duckdb__day_of_week(day) -%}
  cast(isodow({{ day }}) as integer)
{%- endmacro %}

{% macro athena__day_of_week(day) -%}
  cast(day_of_week({{ day }}) as integer)
{%- endmacro %}
