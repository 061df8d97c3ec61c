{# `where` with those of the conditions that are there. #}
{% macro where_clause(conditions) -%}
  {%- set given = conditions | select | list -%}
  {{ 'where (' ~ given | join(') and (') ~ ')' if given }}
{%- endmacro %}
