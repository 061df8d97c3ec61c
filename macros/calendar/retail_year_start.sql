{# First day of a year of the 4-5-4 retail calendar: the last Sunday up to 4 February. #}
{% macro retail_year_start(retail_year) -%}
  {{ return(adapter.dispatch('retail_year_start')(retail_year)) }}
{%- endmacro %}

{% macro duckdb__retail_year_start(retail_year) -%}
  {{ retail_week_start('make_date(' ~ retail_year ~ ', 2, 4)') }}
{%- endmacro %}

{% macro athena__retail_year_start(retail_year) -%}
  {{ retail_week_start("date_add('year', " ~ retail_year ~ " - 1970, date '1970-02-04')") }}
{%- endmacro %}
