{# Fails where the column has none of the types. A table without the column passes. #}
{% test expect_column_values_to_be_in_type_list(model, column_name, column_type_list) %}
{%- if execute -%}
{%- set types = dbt_expectations.required_list('expect_column_values_to_be_in_type_list', model, column_name, 'column_type_list', column_type_list) | map('upper') | list -%}
{{ dbt_expectations.other_types('expect_column_values_to_be_in_type_list', model, column_name, types) }}
{%- endif -%}
{% endtest %}
