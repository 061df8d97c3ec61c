{# Fails for each group (or the whole) whose sum lies outside the bounds. #}
{% test expect_column_sum_to_be_between(model, column_name, min_value=None, max_value=None, group_by=None, row_condition=None, strictly=False) %}
{%- if execute -%}
{{ dbt_expectations.aggregate_between('expect_column_sum_to_be_between', model, column_name, 'total', 'sum(' ~ column_name ~ ')', min_value, max_value, group_by, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
