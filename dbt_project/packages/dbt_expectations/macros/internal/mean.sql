{# Mean of a column. Trino's mean of decimals has their scale, so it would be rounded. #}
{% macro mean(column_name) -%}
  {{ return(adapter.dispatch('mean', 'dbt_expectations')(column_name)) }}
{%- endmacro %}

{% macro duckdb__mean(column_name) -%}
  avg({{ column_name }})
{%- endmacro %}

{% macro athena__mean(column_name) -%}
  avg(cast({{ column_name }} as double))
{%- endmacro %}
