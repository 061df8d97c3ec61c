{# Month of a fiscal year that begins on the first day of the given calendar month: 1 to 12. #}
{% macro fiscal_month(day, start_month) -%}
  {{ return(adapter.dispatch('fiscal_month')(day, start_month)) }}
{%- endmacro %}

{% macro duckdb__fiscal_month(day, start_month) -%}
  cast((extract(month from {{ day }}) - {{ start_month }} + 12) % 12 + 1 as integer)
{%- endmacro %}

{% macro athena__fiscal_month(day, start_month) -%}
  cast((extract(month from {{ day }}) - {{ start_month }} + 12) % 12 + 1 as integer)
{%- endmacro %}
