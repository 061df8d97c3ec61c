{# Fails for each row in whose text the expressions are not found, joined as match_on says; NULL passes. #}
{% test expect_column_values_to_match_regex_list(model, column_name, regex_list, match_on="any", row_condition=None, is_raw=False, flags="") %}
{%- if execute -%}
{%- set regexes = dbt_expectations.required_list('expect_column_values_to_match_regex_list', model, column_name, 'regex_list', regex_list) -%}
{%- set conditions = dbt_expectations.regex_conditions('expect_column_values_to_match_regex_list', model, column_name, regexes, flags, is_found=true) -%}
{{ dbt_expectations.failing_rows(model, [column_name], dbt_expectations.any_or_all('expect_column_values_to_match_regex_list', model, column_name, conditions, match_on), row_condition) }}
{%- endif -%}
{% endtest %}
