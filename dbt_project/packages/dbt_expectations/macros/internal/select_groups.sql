{# The groups as the first columns of a select, each under its name, with a comma behind it. #}
{% macro select_groups(group_by, names) -%}
  {%- for group in dbt_expectations.group_list(group_by) -%}
    {{ group }}{{ ' as ' ~ names[loop.index0] if group != names[loop.index0] }}, {# -#}
  {%- endfor -%}
{%- endmacro %}
