{# Fails for each group (or the whole) in which the columns' sums together lie outside the bounds. #}
{% test expect_multicolumn_sum_to_be_between(model, column_list, min_value=None, max_value=None, group_by=None, row_condition=None, strictly=False) %}
{%- if execute -%}
{%- set total = dbt_expectations.multicolumn_sum('expect_multicolumn_sum_to_be_between', model, column_list) -%}
{{ dbt_expectations.aggregate_between('expect_multicolumn_sum_to_be_between', model, none, 'total', total, min_value, max_value, group_by, row_condition, strictly) }}
{%- endif -%}
{% endtest %}
