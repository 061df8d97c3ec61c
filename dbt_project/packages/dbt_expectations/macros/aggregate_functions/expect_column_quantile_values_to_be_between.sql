{# Fails for each group (or the whole) whose quantile, interpolated between neighbours, lies outside the bounds. #}
{% test expect_column_quantile_values_to_be_between(model, column_name, quantile, min_value=None, max_value=None, group_by=None,
      row_condition=None, strictly=False) %}
{%- if execute -%}
{{ dbt_expectations.quantile_between('expect_column_quantile_values_to_be_between', model, column_name, quantile, min_value, max_value, group_by, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
