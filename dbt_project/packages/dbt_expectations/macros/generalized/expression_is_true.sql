{# Fails for each row (or group) in which the condition on the expression is false; where it is NULL a row passes. #}
{% test expression_is_true(model, expression, test_condition="= true", group_by_columns=None, row_condition=None) %}
{%- if execute -%}
{{ dbt_expectations.failing_aggregates(model, 'expression', expression, 'expression ' ~ test_condition, group_by_columns, row_condition) }}
{%- endif -%}
{% endtest %}
