{# The values of a set as SQL: quoted, or as they stand. #}
{% macro set_literals(test, model, column_name, value_set, quote_values) -%}
  {%- set literals = [] -%}
  {%- for value in dbt_expectations.required_list(test, model, column_name, 'value_set', value_set) -%}
    {%- if value is none -%}
      {%- do dbt_expectations.argument_error(test, model, column_name, 'value_set holds values, and NULL is none: leave NULLs out by row_condition') -%}
    {%- endif -%}
    {%- do literals.append(dbt_expectations.text_literal(value) if quote_values else value | string) -%}
  {%- endfor -%}
  {{ return(literals) }}
{%- endmacro %}
