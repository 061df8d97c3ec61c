{# Fails for each group (or the whole) whose aggregate differs from another one by more than the tolerance. #}
{% test equal_expression(model, expression, compare_model=None, compare_expression=None, group_by=None, compare_group_by=None,
      row_condition=None, compare_row_condition=None, tolerance=0.0, tolerance_percent=None) %}
{%- if execute -%}
{{ dbt_expectations.different_aggregates('equal_expression', model, expression, compare_model, compare_expression, group_by, compare_group_by,
                                         row_condition, compare_row_condition, tolerance, tolerance_percent) }}
{%- endif -%}
{% endtest %}
