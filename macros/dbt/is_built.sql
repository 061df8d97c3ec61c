{# Whether a node of dbt's graph that makes a table has made it already. #}
{% macro is_built(node) -%}
  {{ return(load_relation(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) is not none) }}
{%- endmacro %}
