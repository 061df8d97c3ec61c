{# Config of a model that DuckDB makes anew in each build, and Athena only where its inputs may hold other rows
   (changed_months): there every month that is read is paid for. stated: a column that every row has; in the merge, a row
   without it is one that is gone (with_deleted_keys). #}
{% macro merge_on_athena(unique_key, stated) -%}
  {{ return(adapter.dispatch('merge_on_athena')(unique_key, stated)) }}
{%- endmacro %}

{% macro duckdb__merge_on_athena(unique_key, stated) -%}
  {{ return({'materialized': 'table'}) }}
{%- endmacro %}

{% macro athena__merge_on_athena(unique_key, stated) -%}
  {{ return({
    'materialized': 'incremental',
    'incremental_strategy': 'merge',
    'unique_key': unique_key,
    'delete_condition': 'src.' ~ stated ~ ' is null',
    'insert_condition': 'src.' ~ stated ~ ' is not null',
  }) }}
{%- endmacro %}
