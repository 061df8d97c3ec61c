{# Fails where another table has another number of columns. #}
{% test expect_table_column_count_to_equal_other_table(model, compare_model) %}
{%- if execute -%}
{%- set expected = dbt_expectations.columns_of('expect_table_column_count_to_equal_other_table', compare_model) | length -%}
{{ dbt_expectations.column_count('expect_table_column_count_to_equal_other_table', model, expected, expected) }}
{%- endif -%}
{% endtest %}
