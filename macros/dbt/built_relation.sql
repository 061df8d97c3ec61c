{# The relation of one of the project's models as it stands in the warehouse, or none: for hooks, where ref would come
   too late for dbt to see it. #}
{% macro built_relation(name) -%}
  {%- set model = graph.nodes.get('model.' ~ project_name ~ '.' ~ name) -%}
  {%- if model -%}
    {{ return(load_relation(api.Relation.create(database=model.database, schema=model.schema, identifier=model.alias))) }}
  {%- endif -%}
{%- endmacro %}
