{# For each expression of a list the condition that it is found in a text, or that it is not. #}
{% macro regex_conditions(test, model, column_name, regexes, flags, is_found) -%}
  {%- set known_flags = dbt_expectations.regex_flags(test, model, column_name, flags) -%}
  {%- set conditions = [] -%}
  {%- for regex in regexes -%}
    {%- do conditions.append(('' if is_found else 'not ') ~ dbt_expectations.matches_regex(column_name, regex, known_flags)) -%}
  {%- endfor -%}
  {{ return(conditions) }}
{%- endmacro %}
