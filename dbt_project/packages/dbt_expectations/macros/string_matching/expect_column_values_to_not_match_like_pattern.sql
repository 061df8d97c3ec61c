{# Fails for each row whose text is like the pattern; NULL passes. #}
{% test expect_column_values_to_not_match_like_pattern(model, column_name, like_pattern, row_condition=None) %}
{%- if execute -%}
{%- set patterns = dbt_expectations.required_list('expect_column_values_to_not_match_like_pattern', model, column_name, 'like_pattern', like_pattern) -%}
{%- set conditions = dbt_expectations.like_conditions(column_name, patterns, is_like=false) -%}
{{ dbt_expectations.failing_rows(model, [column_name], conditions[0], row_condition) }}
{%- endif -%}
{% endtest %}
