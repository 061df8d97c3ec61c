{# Stops with what a test was given wrongly: which test, on what, and what it expects. #}
{% macro argument_error(test, model, expected) -%}
  {%- do exceptions.raise_compiler_error('dbt_utils.' ~ test ~ ' on ' ~ model ~ ': ' ~ expected) -%}
{%- endmacro %}
