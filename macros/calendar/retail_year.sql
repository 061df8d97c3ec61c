{# Year of the 4-5-4 retail calendar. It begins on the Sunday nearest to 1 February (29 January to 4 February),
   the day after the Saturday nearest to 31 January: so 28 days before its first Sunday is always in January. #}
{% macro retail_year(day) -%}
  {{ return(adapter.dispatch('retail_year')(day)) }}
{%- endmacro %}

{% macro duckdb__retail_year(day) -%}
  cast(extract(year from {{ add_days(retail_week_start(day), -28) }}) as integer)
{%- endmacro %}

{% macro athena__retail_year(day) -%}
  cast(extract(year from {{ add_days(retail_week_start(day), -28) }}) as integer)
{%- endmacro %}
