{# Fails for each group (or the whole) in which the number of distinct values is not greater than the value. NULL is no value. #}
{% test expect_column_distinct_count_to_be_greater_than(model, column_name, value, group_by=None, row_condition=None) %}
{%- if execute -%}
{%- do dbt_expectations.required_value('expect_column_distinct_count_to_be_greater_than', model, column_name, 'value', value) -%}
{{ dbt_expectations.failing_aggregates(model, 'distinct_count', 'count(distinct ' ~ column_name ~ ')', 'distinct_count > ' ~ value, group_by, row_condition) }}
{%- endif -%}
{% endtest %}
