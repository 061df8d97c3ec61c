{# Config of a model that is merged with tombstones on DuckDB, and made anew on Athena: such a model asks each of its inputs
   several times what is new, and Athena reads a table that is named twice twice, small ones whole each time. #}
{% macro merge_on_duckdb(unique_key) -%}
  {{ return(adapter.dispatch('merge_on_duckdb')(unique_key)) }}
{%- endmacro %}

{% macro duckdb__merge_on_duckdb(unique_key) -%}
  {{ return(merge_with_tombstones(unique_key)) }}
{%- endmacro %}

{% macro athena__merge_on_duckdb(unique_key) -%}
  {{ return({'materialized': 'table'}) }}
{%- endmacro %}
