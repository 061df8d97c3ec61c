{# Fails for each row whose text is shorter or longer than the bounds; NULL passes. #}
{% test expect_column_value_lengths_to_be_between(model, column_name, min_value=None, max_value=None, row_condition=None, strictly=False) %}
{%- if execute -%}
{%- set condition = dbt_expectations.within_bounds('expect_column_value_lengths_to_be_between', model, column_name, 'length(' ~ column_name ~ ')', min_value, max_value, strictly) -%}
{{ dbt_expectations.failing_rows(model, [column_name], condition, row_condition) }}
{%- endif -%}
{% endtest %}
