{# Fails for each value that is not less than the one before it, or not by the step, in ascending order of the sort column. #}
{% test expect_column_values_to_be_decreasing(model, column_name, sort_column=None, strictly=True, row_condition=None, group_by=None, step=None) %}
{%- if execute -%}
{{ dbt_expectations.out_of_order(model, column_name, sort_column, strictly, row_condition, group_by, step, is_increasing=false) }}
{%- endif -%}
{% endtest %}
