{# Drops the tables in dbt's schemas that no model or seed of the project owns: renamed or removed, they would be stale. On
   Athena only views of published sets are read, and files stay until no set names them: there Glue forgets the table. #}
{% macro drop_unowned(table) -%}
  {{ return(adapter.dispatch('drop_unowned')(table)) }}
{%- endmacro %}

{% macro duckdb__drop_unowned(table) -%}
  {%- set owned, schemas, names = [], [], [] -%}
  {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
    {%- do owned.append(node.schema ~ '.' ~ node.alias) -%}
    {%- do schemas.append(node.schema) if node.schema not in schemas -%}
  {%- endfor -%}
  {%- set found = run_query(
    "select table_schema, table_name, table_type from information_schema.tables where table_catalog = '" ~ table.database
    ~ "' and table_schema in ('" ~ schemas | join("', '") ~ "') order by 1, 2"
  ) -%}
  {%- for row in found.rows if row[0] ~ '.' ~ row[1] not in owned -%}
    {%- do run_query('drop ' ~ ('view' if row[2] == 'VIEW' else 'table') ~ ' if exists ' ~ api.Relation.create(database=table.database, schema=row[0], identifier=row[1])) -%}
    {%- do names.append(row[0] ~ '.' ~ row[1]) -%}
  {%- endfor -%}
  {%- if names -%}
    {{ log('Dropped, since no model makes them any more: ' ~ names | join(', ') ~ '.', info=true) }}
  {%- endif -%}
{%- endmacro %}

{% macro athena__drop_unowned(table) -%}
  {%- set gone, names = [], [] -%}
  {%- for row in run_query('select node_id, schema_name, table_name from ' ~ table).rows if row[0] not in graph.nodes -%}
    {%- do gone.append(row[0]) -%}
    {%- set owners = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.schema == row[1] and node.alias == row[2] -%}
      {%- do owners.append(node.unique_id) -%}
    {%- endfor -%}
    {%- set relation = api.Relation.create(database=table.database, schema=row[1], identifier=row[2]) -%}
    {%- if not owners and load_relation(relation) is not none -%}
      {%- do adapter.delete_from_glue_catalog(relation) -%}
      {%- do names.append(row[1] ~ '.' ~ row[2]) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do forget_code(table, gone) -%}
  {%- if names -%}
    {{ log('Dropped, since no model makes them any more: ' ~ names | join(', ') ~ '.', info=true) }}
  {%- endif -%}
{%- endmacro %}
