{# The name of a part of time in lower case and singular, if it is one that both engines know. #}
{% macro date_part(test, model, column_name, part) -%}
  {%- set known = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] -%}
  {%- set name = (part | string | lower).rstrip('s') -%}
  {%- if name not in known -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, 'a part of time is one of ' ~ known | join(', ') ~ ', not ' ~ part) -%}
  {%- endif -%}
  {{ return(name) }}
{%- endmacro %}
