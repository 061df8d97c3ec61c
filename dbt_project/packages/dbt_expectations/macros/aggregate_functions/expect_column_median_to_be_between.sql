{# Fails for each group (or the whole) whose median lies outside the bounds. #}
{% test expect_column_median_to_be_between(model, column_name, min_value=None, max_value=None, group_by=None, row_condition=None, strictly=False) %}
{%- if execute -%}
{{ dbt_expectations.quantile_between('expect_column_median_to_be_between', model, column_name, 0.5, min_value, max_value, group_by, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
