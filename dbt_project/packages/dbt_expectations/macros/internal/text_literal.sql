{# A text as SQL. A quote in it may be written once or, as the published package wants it, twice. #}
{% macro text_literal(text) -%}
  '{{ text | string | replace("''", "'") | replace("'", "''") }}'
{%- endmacro %}
