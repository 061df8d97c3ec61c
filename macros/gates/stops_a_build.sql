{# Whether a node of dbt's graph is a test whose failure stops a build: one of severity error. #}
{% macro stops_a_build(node) -%}
  {{ return(node.resource_type == 'test' and node.config.severity | lower == 'error') }}
{%- endmacro %}
