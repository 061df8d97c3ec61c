{# Makes a table of a query on Athena, under a name that no other run has, and puts it where the old one was with one
   call to Glue: readers see the old one, then the new one, and never none. More than 100 partitions are written by
   several statements before that. The old one's files stay, since somebody may still be reading them:
   `storelake maintain` removes them. #}
{% macro replace_table(target_relation, query=model['compiled_code']) -%}
  {%- set old = load_relation(target_relation) -%}
  {%- set new = api.Relation.create(
    identifier=target_relation.identifier ~ adapter.generate_unique_temporary_table_suffix('__new'),
    schema=target_relation.schema, database=target_relation.database,
    s3_path_table_part=target_relation.identifier, type='table'
  ) -%}
  {%- set made = safe_create_table_as(False, new, query, 'sql', config.get('force_batch', false) | as_bool) -%}
  {%- if old is not none and old.is_view -%}
    {%- do adapter.delete_from_glue_catalog(old) -%}
  {%- endif -%}
  {%- if old is none or old.is_view -%}
    {%- do rename_relation(new, target_relation) -%}
  {%- else -%}
    {%- do adapter.swap_table(new, target_relation) -%}
    {%- do adapter.delete_from_glue_catalog(new) -%}
    {%- do adapter.expire_glue_table_versions(target_relation, config.get('versions_to_keep', 4), False) -%}
  {%- endif -%}
  {{ return(made) }}
{%- endmacro %}
