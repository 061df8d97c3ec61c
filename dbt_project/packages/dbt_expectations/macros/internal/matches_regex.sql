{# Condition that a regular expression is found somewhere in a text. #}
{% macro matches_regex(column_name, regex, flags) -%}
  {{ return(adapter.dispatch('matches_regex', 'dbt_expectations')(column_name, regex, flags)) }}
{%- endmacro %}

{% macro duckdb__matches_regex(column_name, regex, flags) -%}
  regexp_matches({{ column_name }}, {{ dbt_expectations.text_literal(regex) }}{{ ", '" ~ flags ~ "'" if flags }})
{%- endmacro %}

{% macro athena__matches_regex(column_name, regex, flags) -%}
  regexp_like({{ column_name }}, {{ dbt_expectations.text_literal(dbt_expectations.flagged_regex(regex, flags)) }})
{%- endmacro %}
