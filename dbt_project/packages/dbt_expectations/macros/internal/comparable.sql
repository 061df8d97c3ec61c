{# A column as it can be compared with the values of a set: Trino compares a number or a date with no quoted text. #}
{% macro comparable(column_name, quote_values) -%}
  {{ return(adapter.dispatch('comparable', 'dbt_expectations')(column_name, quote_values)) }}
{%- endmacro %}

{% macro duckdb__comparable(column_name, quote_values) -%}
  {{ column_name }}
{%- endmacro %}

{% macro athena__comparable(column_name, quote_values) -%}
  {{ 'cast(' ~ column_name ~ ' as varchar)' if quote_values else column_name }}
{%- endmacro %}
