{# Fails for each row that has a value. #}
{% test expect_column_values_to_be_null(model, column_name, row_condition=None) %}
{%- if execute -%}
{{ dbt_expectations.failing_rows(model, [column_name], column_name ~ ' is null', row_condition) }}
{%- endif -%}
{% endtest %}
