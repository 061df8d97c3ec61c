{# Regular expression of a decimal number, with or without an exponent; the same text for both engines. #}
{% macro number_grammar() -%}
  [+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?
{%- endmacro %}
