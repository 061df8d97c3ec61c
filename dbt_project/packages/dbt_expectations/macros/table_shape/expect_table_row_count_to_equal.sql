{# Fails where the table (or a group) has another number of rows. #}
{% test expect_table_row_count_to_equal(model, value, group_by=None, row_condition=None) %}
{%- if execute -%}
{%- do dbt_expectations.required_value('expect_table_row_count_to_equal', model, none, 'value', value) -%}
{{ dbt_expectations.failing_aggregates(model, 'row_count', 'count(*)', 'row_count = ' ~ value, group_by, row_condition) }}
{%- endif -%}
{% endtest %}
