{# Quotient of two integers, cut towards zero: `7 / 2` is 3.5 on DuckDB and 3 on Trino. #}
{% macro integer_divide(dividend, divisor) -%}
  {{ return(adapter.dispatch('integer_divide')(dividend, divisor)) }}
{%- endmacro %}

{% macro duckdb__integer_divide(dividend, divisor) -%}
  (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}

{% macro athena__integer_divide(dividend, divisor) -%}
  (({{ dividend }}) / ({{ divisor }}))
{%- endmacro %}
