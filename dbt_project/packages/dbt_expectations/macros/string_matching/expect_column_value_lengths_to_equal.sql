{# Fails for each row whose text has another length; NULL passes. #}
{% test expect_column_value_lengths_to_equal(model, column_name, value, row_condition=None) %}
{%- if execute -%}
{%- do dbt_expectations.required_value('expect_column_value_lengths_to_equal', model, column_name, 'value', value) -%}
{{ dbt_expectations.failing_rows(model, [column_name], 'length(' ~ column_name ~ ') = ' ~ value, row_condition) }}
{%- endif -%}
{% endtest %}
