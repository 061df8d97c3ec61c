{# Fields of a document for what gift cards and the like paid (see prepaid_amount), in both places where shops tell it. #}
{% macro prepaid_fields(kinds) -%}
  {%- set fields = [] -%}
  {%- for kind in kinds -%}
    {%- for name, place in [('', ''), ('extension_', 'extension_attributes.')] -%}
      {%- do fields.append({'name': name ~ kind ~ '_amount', 'path': place ~ kind ~ '_amount', 'type': 'decimal'}) -%}
      {%- do fields.append({'name': name ~ kind ~ '_amount_base', 'path': place ~ 'base_' ~ kind ~ '_amount', 'type': 'decimal'}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(fields) }}
{%- endmacro %}
