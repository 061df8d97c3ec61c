{# Fails for each row without a value. #}
{% test expect_column_values_to_not_be_null(model, column_name, row_condition=None) %}
{%- if execute -%}
{{ dbt_expectations.failing_rows(model, [column_name], column_name ~ ' is not null', row_condition) }}
{%- endif -%}
{% endtest %}
