{# Conditions joined as match_on says. #}
{% macro any_or_all(test, model, column_name, conditions, match_on) -%}
  {%- do dbt_expectations.one_of(test, model, column_name, 'match_on', match_on, ['any', 'all']) -%}
  {{ '(' ~ conditions | join(') and (' if match_on == 'all' else ') or (') ~ ')' }}
{%- endmacro %}
