{# Query for the keys (one or more columns) that more than one row of a table has, with how many have it. #}
{% macro repeated_keys(table, key) -%}
  {{ return(adapter.dispatch('repeated_keys')(table, key)) }}
{%- endmacro %}

{% macro duckdb__repeated_keys(table, key) -%}
  {#- Hashes are grouped in half the time that texts are; a key whose hash is nobody else's is nobody else's. -#}
  {%- set columns = key | join(', ') -%}
  select {{ columns }}, count(*) as rows_found
  from {{ table }}
  where hash({{ columns }}) in (select shared.key_hash from (select hash({{ columns }}) as key_hash from {{ table }}) as shared group by shared.key_hash having count(*) > 1)
  group by {{ columns }}
  having count(*) > 1
{%- endmacro %}

{% macro athena__repeated_keys(table, key) -%}
  {%- set columns = key | join(', ') -%}
  select {{ columns }}, count(*) as rows_found
  from {{ table }}
  group by {{ columns }}
  having count(*) > 1
{%- endmacro %}
