{# Statements that make an empty table, by its contract, of each model that a build leaves out and that was never made,
   or made empty by other code: what reads it finds nothing of a system that has sent nothing. Only where storelake leaves
   models out by itself, which it says in STORELAKE_LEFT_OUT; who types a selection wants that selection. #}
{% macro empty_tables() -%}
  {%- if execute and env_var('STORELAKE_LEFT_OUT', '') == 'empty' -%}
  {{ return(adapter.dispatch('empty_tables')()) }}
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__empty_tables() -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.unique_id not in selected_resources %}
  {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) %}
  {%- set is_stale = is_stale_and_empty(node, relation) %}
  {%- if is_stale %}
  drop {{ load_relation(relation).type }} {{ relation }};
  {%- endif %}
  {%- if is_stale or load_relation(relation) is none %}
  {%- do node.update({'is_made_empty': true}) %}
  create table {{ relation }} (
    {%- for column in node.columns.values() %}{{ adapter.quote(column.name) }} {{ column.data_type }}{{ ', ' if not loop.last }}{% endfor -%}
  );
  {{ comments(relation, node) }}
  {%- endif %}
  {%- endfor %}
{%- endmacro %}

{% macro athena__empty_tables() -%}
  {#- Nothing is left out there: a build on Athena makes every model. -#}
{%- endmacro %}
