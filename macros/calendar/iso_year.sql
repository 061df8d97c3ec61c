{# Year that the ISO week belongs to; differs from the calendar year around 1 January. #}
{% macro iso_year(day) -%}
  {{ return(adapter.dispatch('iso_year')(day)) }}
{%- endmacro %}

{% macro duckdb__iso_year(day) -%}
  cast(isoyear({{ day }}) as integer)
{%- endmacro %}

{% macro athena__iso_year(day) -%}
  cast(year_of_week({{ day }}) as integer)
{%- endmacro %}
