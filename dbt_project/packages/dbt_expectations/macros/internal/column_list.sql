{# The columns of a test of several columns, quoted if so wished. #}
{% macro column_list(test, model, columns, quote_columns) -%}
  {%- do dbt_expectations.one_of(test, model, none, 'quote_columns', quote_columns, [true, false]) -%}
  {%- set names = [] -%}
  {%- for column in dbt_expectations.required_list(test, model, none, 'column_list', columns) -%}
    {%- do names.append(adapter.quote(column) if quote_columns else column) -%}
  {%- endfor -%}
  {{ return(names) }}
{%- endmacro %}
