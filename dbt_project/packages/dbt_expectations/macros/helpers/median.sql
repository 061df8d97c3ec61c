{# Median, as an aggregate; with a partition as a window. #}
{% macro median(field, partition=none) -%}
  {{ dbt_expectations.percentile_cont(field, 0.5, partition) }}
{%- endmacro %}
