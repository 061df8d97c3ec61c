{# Fails for each row whose text is not like the pattern; NULL passes. #}
{% test expect_column_values_to_match_like_pattern(model, column_name, like_pattern, row_condition=None) %}
{%- if execute -%}
{%- set patterns = dbt_expectations.required_list('expect_column_values_to_match_like_pattern', model, column_name, 'like_pattern', like_pattern) -%}
{%- set conditions = dbt_expectations.like_conditions(column_name, patterns, is_like=true) -%}
{{ dbt_expectations.failing_rows(model, [column_name], conditions[0], row_condition) }}
{%- endif -%}
{% endtest %}
