{# Fails for each row in which A and B differ; a NULL in either passes. #}
{% test expect_column_pair_values_to_be_equal(model, column_A, column_B, row_condition=None) %}
{%- if execute -%}
{{ dbt_expectations.failing_rows(model, [column_A, column_B], column_A ~ ' = ' ~ column_B, row_condition) }}
{%- endif -%}
{% endtest %}
