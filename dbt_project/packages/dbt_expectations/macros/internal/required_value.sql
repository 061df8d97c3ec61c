{# A value that a test cannot do without. #}
{% macro required_value(test, model, column_name, argument, value) -%}
  {%- if value is undefined or value is none -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, argument ~ ' is needed') -%}
  {%- endif -%}
  {{ return(value) }}
{%- endmacro %}
