{# Makes a table of a model on Athena, under a name that no other run has, and puts it where the old one was with one
   call to Glue: readers see the old one, then the new one, and never none. The old one's files stay, since somebody
   may still be reading them; nothing removes them yet. #}
{% macro replace_table(target_relation) -%}
  {%- set old = load_relation(target_relation) -%}
  {%- set new = api.Relation.create(
    identifier=target_relation.identifier ~ adapter.generate_unique_temporary_table_suffix('__new'),
    schema=target_relation.schema, database=target_relation.database,
    s3_path_table_part=target_relation.identifier, type='table'
  ) -%}
  {%- set made = safe_create_table_as(False, new, model['compiled_code'], 'sql', config.get('force_batch', false) | as_bool) -%}
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
