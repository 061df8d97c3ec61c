{# A random number from 0 to 1. #}
{% macro rand() -%}
  random()
{%- endmacro %}
