{# Fails where the table has fewer or more columns. #}
{% test expect_table_column_count_to_be_between(model, min_value=None, max_value=None) %}
{%- if execute -%}
{%- do dbt_expectations.within_bounds('expect_table_column_count_to_be_between', model, none, 'column_count', min_value, max_value, false) -%}
{{ dbt_expectations.column_count('expect_table_column_count_to_be_between', model, min_value, max_value) }}
{%- endif -%}
{% endtest %}
