{# The sum of all rows of several columns. #}
{% macro multicolumn_sum(test, model, column_list) -%}
  {%- for column in dbt_expectations.required_list(test, model, none, 'column_list', column_list) -%}
    sum({{ column }}){{ ' + ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}
