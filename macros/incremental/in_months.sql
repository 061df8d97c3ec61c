{# Condition on a date: whether it is in some months, of changed_months. #}
{% macro in_months(day, months) -%}
  {%- if months is none -%}
  true
  {%- else -%}
  ({% for first, behind in months %}{{ day }} >= date '{{ first }}' and {{ day }} < date '{{ behind }}'{{ ' or ' if not loop.last }}{% else %}false{% endfor %})
  {%- endif -%}
{%- endmacro %}
