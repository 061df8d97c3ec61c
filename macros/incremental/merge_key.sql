{# Columns by which a merge finds a row, for `unique_key`: its key, and on Athena beside it one that the key is made of.
   A key is a hash: by it alone every file is read. By the other's range Athena leaves out files. #}
{% macro merge_key(key, with) -%}
  {{ return(adapter.dispatch('merge_key')(key, with)) }}
{%- endmacro %}

{% macro duckdb__merge_key(key, with) -%}
  {{ return(key) }}
{%- endmacro %}

{% macro athena__merge_key(key, with) -%}
  {{ return([key, with]) }}
{%- endmacro %}
