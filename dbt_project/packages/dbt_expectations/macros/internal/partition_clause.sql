{# `partition by` for the groups of a window, empty without groups. #}
{% macro partition_clause(group_by) -%}
  {{ 'partition by ' ~ dbt_expectations.group_list(group_by) | join(', ') if group_by }}
{%- endmacro %}
