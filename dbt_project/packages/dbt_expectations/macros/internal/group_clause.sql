{# `group by` for groups that are the first columns of a select. #}
{% macro group_clause(group_by) -%}
  {%- set count = dbt_expectations.group_list(group_by) | length -%}
  {{ 'group by ' ~ range(1, count + 1) | join(', ') if count }}
{%- endmacro %}
