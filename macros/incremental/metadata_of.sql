{# One of Athena's tables about an Iceberg table (`snapshots`, `manifests`, `partitions`), as a relation: what it costs is not
   rows, but what the engine reads of metadata, some kilobytes. #}
{% macro metadata_of(table, what) -%}
  {{ return(api.Relation.create(database=table.database, schema=table.schema, identifier=table.identifier ~ '$' ~ what)) }}
{%- endmacro %}
