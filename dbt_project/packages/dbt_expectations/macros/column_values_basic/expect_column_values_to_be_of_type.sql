{# Fails where the column is not of the type. A table without the column passes. #}
{% test expect_column_values_to_be_of_type(model, column_name, column_type) %}
{%- if execute -%}
{%- do dbt_expectations.required_value('expect_column_values_to_be_of_type', model, column_name, 'column_type', column_type) -%}
{{ dbt_expectations.other_types('expect_column_values_to_be_of_type', model, column_name, [column_type | upper]) }}
{%- endif -%}
{% endtest %}
