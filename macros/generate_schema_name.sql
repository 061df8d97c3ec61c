{# Schemas are silver, gold, ops and seeds, as people will type them; Glue, which all projects share, gets a prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {%- if custom_schema_name is none -%} {{ target.schema }}
  {%- elif target.type == 'athena' -%} {{ target.schema }}_{{ custom_schema_name | trim }}
  {%- else -%} {{ custom_schema_name | trim }}
  {%- endif -%}
{%- endmacro %}
