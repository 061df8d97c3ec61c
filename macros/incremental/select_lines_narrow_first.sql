{# Query for all columns of those lines, out of a table of them, that joins and conditions choose; these name it `lines`. #}
{% macro select_lines_narrow_first(table, why) -%}
  {{ return(adapter.dispatch('select_lines_narrow_first')(table, why)) }}
{%- endmacro %}

{% macro duckdb__select_lines_narrow_first(table, why) -%}
  {#- Narrow columns first, since a condition with `or` goes down into no scan, and all columns of all lines would be read. -#}
  with chosen as (
    select lines.order_line_key, lines._sequence
    from {{ table }} as lines
    {{ why }}
  )

  select *
  from {{ table }}
  where _sequence in (select chosen._sequence from chosen) and order_line_key in (select chosen.order_line_key from chosen)
{%- endmacro %}

{% macro athena__select_lines_narrow_first(table, why) -%}
  {#- At once, since each name is read. -#}
  select lines.*
  from {{ table }} as lines
  {{ why }}
{%- endmacro %}
