{# Fails for each group (or the whole) whose number of distinct values lies outside the bounds. #}
{% test expect_column_unique_value_count_to_be_between(model, column_name, min_value=None, max_value=None, group_by=None, row_condition=None,
      strictly=False) %}
{%- if execute -%}
{{ dbt_expectations.aggregate_between('expect_column_unique_value_count_to_be_between', model, column_name, 'distinct_count', 'count(distinct ' ~ column_name ~ ')', min_value, max_value, group_by, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
