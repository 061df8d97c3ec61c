{# The text of one top-level value of a document, as it is written; NULL where it is missing or no single value. #}
{% macro document_text(document, key) -%}
  {{ return(adapter.dispatch('document_text')(document, key)) }}
{%- endmacro %}

{% macro duckdb__document_text(document, key) -%}
  case when json_type({{ document }}, '$."{{ key }}"') not in ('OBJECT', 'ARRAY') then json_extract_string({{ document }}, '$."{{ key }}"') end
{%- endmacro %}

{% macro athena__document_text(document, key) -%}
  json_extract_scalar({{ document }}, '$["{{ key }}"]')
{%- endmacro %}
