{# Query for rows that are known without looking at data: a list of lists of texts and numbers. #}
{% macro literal_rows(names, rows) -%}
  {%- for row in rows -%}
  select {% for value in row %}{{ value if value is number else dbt_expectations.text_literal(value) }} as {{ names[loop.index0] }}{{ ', ' if not loop.last }}{% endfor %}
  {{ 'union all' if not loop.last }}
  {% else -%}
  select {% for name in names %}1 as {{ name }}{{ ', ' if not loop.last }}{% endfor %} where false
  {%- endfor -%}
{%- endmacro %}
