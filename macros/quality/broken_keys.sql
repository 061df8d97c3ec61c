{# Query for the keys (one or more columns) of a table that more than one row has, or whose rows have NULL where none may be
   (needed: columns), with the rule that they break and how many rows do. #}
{% macro broken_keys(table, key, needed) -%}
  {{ return(adapter.dispatch('broken_keys')(table, key, needed)) }}
{%- endmacro %}

{% macro duckdb__broken_keys(table, key, needed) -%}
  {#- Hashes are grouped in half the time that texts are; a key whose hash is nobody else's is nobody else's. -#}
  {%- set columns = key | join(', ') -%}
  select {{ columns }}, count(*) as rows_found, 'more than one row' as broken_rule
  from {{ table }}
  where hash({{ columns }}) in (select shared.key_hash from (select hash({{ columns }}) as key_hash from {{ table }}) as shared group by shared.key_hash having count(*) > 1)
  group by {{ columns }}
  having count(*) > 1
  union all
  select {{ columns }}, count(*) as rows_found, broken_rule
  from (
    select {{ columns }}, {{ null_columns_text(needed) }} as broken_rule
    from {{ table }}
    where {% for column in needed %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
  ) as told
  group by {{ columns }}, broken_rule
{%- endmacro %}

{% macro athena__broken_keys(table, key, needed) -%}
  {#- In one reading of the table. -#}
  {%- set columns = key | join(', ') -%}
  select {{ columns }}, rules.rows_found, rules.broken_rule
  from (
    select {{ columns }}, count(*) as key_rows, histogram(nulls) filter (where nulls <> '') as rows_with_nulls
    from (select {{ columns }}, {{ null_columns_text(needed) }} as nulls from {{ table }}) as told
    group by {{ columns }}
    having count(*) > 1 or count(case when nulls <> '' then 1 end) > 0
  ) as suspects
  cross join unnest(
    coalesce(map_entries(rows_with_nulls), array[])
    || case when key_rows > 1 then array[cast(row('more than one row', key_rows) as row(broken_rule varchar, rows_found bigint))] else array[] end
  ) as rules (broken_rule, rows_found)
{%- endmacro %}
