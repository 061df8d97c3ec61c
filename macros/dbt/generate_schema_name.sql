{# Schemas are silver, gold, ops and seeds, as people will type them; Glue, which all projects share, gets a prefix.
   There gold is built apart: what people find in gold are views of what was audited. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- set name = custom_schema_name | trim if custom_schema_name is not none else none -%}
  {%- if name is none -%} {{ target.schema }}
  {%- elif target.type == 'athena' -%} {{ target.schema }}_{{ 'work_gold' if name == 'gold' else name }}
  {%- else -%} {{ name }}
  {%- endif -%}
{%- endmacro %}
