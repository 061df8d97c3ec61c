{# A list that has to hold something; one text alone stands for a list of it. #}
{% macro required_list(test, model, column_name, argument, values) -%}
  {%- set list = [values] if values is string else values -%}
  {%- if not list or list is mapping or list is not iterable -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, argument ~ ' is a list with at least one entry, not ' ~ values) -%}
  {%- endif -%}
  {{ return(list) }}
{%- endmacro %}
