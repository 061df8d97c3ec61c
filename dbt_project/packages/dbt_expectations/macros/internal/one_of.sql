{# The argument's value, if it is one of those that a test knows. #}
{% macro one_of(test, model, column_name, argument, value, known) -%}
  {%- if value not in known -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, argument ~ ' is one of ' ~ known | join(', ') ~ ', not ' ~ value) -%}
  {%- endif -%}
  {{ return(value) }}
{%- endmacro %}
