{# Query for the groups whose aggregate does not lie between two bounds. #}
{% macro aggregate_between(test, model, column_name, name, aggregate, min_value, max_value, group_by, row_condition, strictly) -%}
{%- set condition = dbt_expectations.within_bounds(test, model, column_name, name, min_value, max_value, strictly) -%}
{{ dbt_expectations.failing_aggregates(model, name, aggregate, condition, group_by, row_condition) }}
{%- endmacro %}
