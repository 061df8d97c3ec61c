{# Query for each value of a column that the column it points to does not have, and how many rows have it; NULL points nowhere.
   relations: column, to (a relation) and field. #}
{% macro values_not_found(table, relations) -%}
  {{ return(adapter.dispatch('values_not_found')(table, relations)) }}
{%- endmacro %}

{% macro duckdb__values_not_found(table, relations) -%}
  {%- for relation in relations %}
  {{ 'union all' if not loop.first }}
  select
    '{{ relation.column }}' as column_name,
    cast(pointing.{{ relation.column }} as varchar) as value_not_found,
    pointing.rows_found
  from (
    select {{ relation.column }}, count(*) as rows_found
    from {{ table }}
    where {{ relation.column }} is not null
    group by {{ relation.column }}
  ) as pointing
  left join {{ relation.to }} as pointed_to on pointing.{{ relation.column }} = pointed_to.{{ relation.field }}
  where pointed_to.{{ relation.field }} is null
  {%- endfor %}
{%- endmacro %}

{% macro athena__values_not_found(table, relations) -%}
  {#- As texts, in one reading of the table. -#}
  select pointing.column_name, pointing.value_not_found, pointing.rows_found
  from (
    select columns.column_name, columns.value_not_found, count(*) as rows_found
    from {{ table }} as pointing
    cross join unnest(array[
      {%- for relation in relations %}
      cast(row('{{ relation.column }}', cast(pointing.{{ relation.column }} as varchar)) as row(column_name varchar, value_not_found varchar)){{ ',' if not loop.last }}
      {%- endfor %}
    ]) as columns (column_name, value_not_found)
    where columns.value_not_found is not null
    group by columns.column_name, columns.value_not_found
  ) as pointing
  left join (
    {%- for relation in relations %}
    {{ 'union all' if not loop.first }}
    select distinct '{{ relation.column }}' as column_name, cast({{ relation.field }} as varchar) as value_found from {{ relation.to }}
    {%- endfor %}
  ) as pointed_to
    on pointing.column_name = pointed_to.column_name and pointing.value_not_found = pointed_to.value_found
  where pointed_to.value_found is null
{%- endmacro %}
