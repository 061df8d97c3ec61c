{# dbt-athena's own, but for a key of two columns, of which the second is what the first is made of (merge_key): its values are
   named in the condition, so that the files that have none of them are left out when the statement is planned. By the join
   alone the engine leaves them out only where it knows the values within a second. Above a thousand they are not named. #}
{% macro iceberg_merge(
  on_schema_change, tmp_relation, target_relation, unique_key, incremental_predicates, existing_relation,
  delete_condition, update_condition, insert_condition, force_batch, statement_name='main'
) -%}
  {%- set predicates = incremental_predicates -%}
  {%- if unique_key is not string and unique_key | length == 2 -%}
    {%- set column = unique_key[1] -%}
    {%- set named = query_to_in_list('select distinct ' ~ column ~ ' from ' ~ tmp_relation ~ ' where ' ~ column ~ ' is not null') -%}
    {%- if named and named != 'null' -%}
      {%- set predicates = (predicates or []) + ['target.' ~ column ~ ' in (' ~ named ~ ')'] -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(dbt.iceberg_merge(
    on_schema_change=on_schema_change, tmp_relation=tmp_relation, target_relation=target_relation, unique_key=unique_key,
    incremental_predicates=predicates, existing_relation=existing_relation, delete_condition=delete_condition,
    update_condition=update_condition, insert_condition=insert_condition, force_batch=force_batch, statement_name=statement_name
  )) }}
{%- endmacro %}
