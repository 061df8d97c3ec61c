{# The groups of a test as a list; one text alone is one group. #}
{% macro group_list(group_by) -%}
  {{ return([group_by] if group_by is string else (group_by or [])) }}
{%- endmacro %}
