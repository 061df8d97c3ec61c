{# Regular expression of an ISO 8601 date and time without a zone; the same text for both engines. #}
{% macro timestamp_grammar() -%}
  [0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?
{%- endmacro %}
