{# Fails for each row whose text is not like the patterns, joined as match_on says; NULL passes. #}
{% test expect_column_values_to_match_like_pattern_list(model, column_name, like_pattern_list, match_on="any", row_condition=None) %}
{%- if execute -%}
{%- set patterns = dbt_expectations.required_list('expect_column_values_to_match_like_pattern_list', model, column_name, 'like_pattern_list', like_pattern_list) -%}
{%- set conditions = dbt_expectations.like_conditions(column_name, patterns, is_like=true) -%}
{{ dbt_expectations.failing_rows(model, [column_name], dbt_expectations.any_or_all('expect_column_values_to_match_like_pattern_list', model, column_name, conditions, match_on), row_condition) }}
{%- endif -%}
{% endtest %}
