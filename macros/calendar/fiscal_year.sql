{# Fiscal year, named after the calendar year in which it ends. #}
{% macro fiscal_year(day, start_month) -%}
  {{ return(adapter.dispatch('fiscal_year')(day, start_month)) }}
{%- endmacro %}

{% macro duckdb__fiscal_year(day, start_month) -%}
  cast(extract(year from {{ day }}) + case when {{ start_month }} > 1 and extract(month from {{ day }}) >= {{ start_month }} then 1 else 0 end as integer)
{%- endmacro %}

{% macro athena__fiscal_year(day, start_month) -%}
  cast(extract(year from {{ day }}) + case when {{ start_month }} > 1 and extract(month from {{ day }}) >= {{ start_month }} then 1 else 0 end as integer)
{%- endmacro %}
