{# Fails for each row whose value is in the set. #}
{% test expect_column_values_to_not_be_in_set(model, column_name, value_set, quote_values=True, row_condition=None) %}
{%- if execute -%}
{%- set literals = dbt_expectations.set_literals('expect_column_values_to_not_be_in_set', model, column_name, value_set, quote_values) -%}
{{ dbt_expectations.failing_rows(model, [column_name], dbt_expectations.comparable(column_name, quote_values) ~ ' not in (' ~ literals | join(', ') ~ ')', row_condition) }}
{%- endif -%}
{% endtest %}
