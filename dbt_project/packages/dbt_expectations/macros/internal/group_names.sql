{# What to call the groups in a result: columns keep their names, expressions and names that are taken get a number. #}
{% macro group_names(group_by, taken=[]) -%}
  {%- set names = [] -%}
  {%- for group in dbt_expectations.group_list(group_by) -%}
    {%- set is_name = modules.re.match('^[A-Za-z_][A-Za-z0-9_]*$', group) and group | lower not in taken and group not in names -%}
    {%- do names.append(group if is_name else 'group_' ~ loop.index) -%}
  {%- endfor -%}
  {{ return(names) }}
{%- endmacro %}
