{# Stops with what a test was given wrongly: which test, on what, and what it expects. #}
{% macro argument_error(test, model, column_name, expected) -%}
  {%- do exceptions.raise_compiler_error(
    'dbt_expectations.' ~ test ~ ' on ' ~ model ~ (', column ' ~ column_name if column_name else '') ~ ': ' ~ expected
  ) -%}
{%- endmacro %}
