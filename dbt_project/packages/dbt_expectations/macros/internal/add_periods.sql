{# A timestamp so many periods later, or earlier. #}
{% macro add_periods(part, count, timestamp) -%}
  {{ return(adapter.dispatch('add_periods', 'dbt_expectations')(part, count, timestamp)) }}
{%- endmacro %}

{% macro duckdb__add_periods(part, count, timestamp) -%}
  ({{ timestamp }} + interval 1 {{ part }} * ({{ count }}))
{%- endmacro %}

{% macro athena__add_periods(part, count, timestamp) -%}
  date_add('{{ part }}', {{ count }}, {{ timestamp }})
{%- endmacro %}
