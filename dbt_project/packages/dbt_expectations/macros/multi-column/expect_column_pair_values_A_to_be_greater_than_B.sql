{# Fails for each row in which A is not greater than B; a NULL in either passes. #}
{% test expect_column_pair_values_A_to_be_greater_than_B(model, column_A, column_B, or_equal=False, row_condition=None) %}
{%- if execute -%}
{{ dbt_expectations.failing_rows(model, [column_A, column_B], column_A ~ (' >= ' if or_equal else ' > ') ~ column_B, row_condition) }}
{%- endif -%}
{% endtest %}
