{# For each pattern of a list the condition that a text is like it, or that it is not. #}
{% macro like_conditions(column_name, patterns, is_like) -%}
  {%- set conditions = [] -%}
  {%- for pattern in patterns -%}
    {%- do conditions.append(column_name ~ (' like ' if is_like else ' not like ') ~ dbt_expectations.text_literal(pattern)) -%}
  {%- endfor -%}
  {{ return(conditions) }}
{%- endmacro %}
