{# A source's table, or, where nothing was ever written to it, an empty one with the given columns (name, type). A column that a
   table of an older version lacks is NULL. #}
{% macro table_or_empty(table, columns) -%}
  {{ return(adapter.dispatch('table_or_empty')(table, columns)) }}
{%- endmacro %}

{% macro duckdb__table_or_empty(table, columns) -%}
  {%- set location = table | string | replace("delta_scan('", '') | replace("')", '') -%}
  {%- if can_query() and 'delta_scan' in table | string and run_query("select 1 from glob('" ~ location ~ "/_delta_log/*') limit 1").rows | length == 0 -%}
  select {% for column in columns %}cast(null as {{ column.type }}) as {{ column.name }}{{ ', ' if not loop.last }}{% endfor %}
  where false
  {%- else -%}
  {%- set held = run_query('describe select * from ' ~ table).rows | map('first') | list if can_query() else none -%}
  select {{ columns_held(columns, held) }} from {{ table }}
  {%- endif -%}
{%- endmacro %}

{% macro athena__table_or_empty(table, columns) -%}
  {%- set relation = load_relation(table) if can_query() else none -%}
  {%- if can_query() and relation is none -%}
  select {% for column in columns %}cast(null as {{ column.type }}) as {{ column.name }}{{ ', ' if not loop.last }}{% endfor %}
  where false
  {%- else -%}
  {%- set held = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if relation else none -%}
  select {{ columns_held(columns, held) }} from {{ table }}
  {%- endif -%}
{%- endmacro %}
