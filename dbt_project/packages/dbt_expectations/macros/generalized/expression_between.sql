{# Fails for each row (or group) in which the expression lies outside the bounds; where it is NULL a row passes. #}
{% test expression_between(model, expression, min_value=None, max_value=None, group_by_columns=None, row_condition=None, strictly=False) %}
{%- if execute -%}
{{ dbt_expectations.aggregate_between('expression_between', model, none, 'expression', expression, min_value, max_value, group_by_columns, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
