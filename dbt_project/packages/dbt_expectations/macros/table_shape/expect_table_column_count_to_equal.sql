{# Fails where the table has another number of columns. #}
{% test expect_table_column_count_to_equal(model, value) %}
{%- if execute -%}
{%- set expected = dbt_expectations.required_value('expect_table_column_count_to_equal', model, none, 'value', value) | int -%}
{{ dbt_expectations.column_count('expect_table_column_count_to_equal', model, expected, expected) }}
{%- endif -%}
{% endtest %}
