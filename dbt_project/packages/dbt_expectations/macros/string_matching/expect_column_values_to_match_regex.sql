{# Fails for each row in whose text the expression is not found; NULL passes. is_raw changes nothing on either engine. #}
{% test expect_column_values_to_match_regex(model, column_name, regex, row_condition=None, is_raw=False, flags="") %}
{%- if execute -%}
{%- set regexes = dbt_expectations.required_list('expect_column_values_to_match_regex', model, column_name, 'regex', regex) -%}
{%- set conditions = dbt_expectations.regex_conditions('expect_column_values_to_match_regex', model, column_name, regexes, flags, is_found=true) -%}
{{ dbt_expectations.failing_rows(model, [column_name], conditions[0], row_condition) }}
{%- endif -%}
{% endtest %}
