{# The type of a time without zone. #}
{% macro type_timestamp() -%}
  {{ return(adapter.dispatch('type_timestamp', 'dbt_expectations')()) }}
{%- endmacro %}

{% macro duckdb__type_timestamp() -%}
  timestamp
{%- endmacro %}

{% macro athena__type_timestamp() -%}
  timestamp(6)
{%- endmacro %}
