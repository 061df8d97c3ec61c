{# Config of an incremental model whose rows can go away: one merge that updates, inserts and deletes.
   What is gone travels through it as a row with `_is_deleted`. #}
{% macro merge_with_tombstones(unique_key) -%}
  {{ return({
    'materialized': 'incremental',
    'incremental_strategy': 'merge',
    'unique_key': unique_key,
    'merge_clauses': {
      'when_matched': [
        {'action': 'delete', 'condition': 'DBT_INTERNAL_SOURCE._is_deleted'},
        {'action': 'update', 'mode': 'by_name'},
      ],
      'when_not_matched': [{'action': 'insert', 'mode': 'by_name', 'condition': 'not DBT_INTERNAL_SOURCE._is_deleted'}],
    },
    'delete_condition': 'src._is_deleted',
    'insert_condition': 'not src._is_deleted',
  }) }}
{%- endmacro %}
