{# Query for all columns of those lines, out of a table of them, that joins and conditions choose; these name it `lines`. #}
{% macro chosen_lines(table, why) -%}
  {{ return(adapter.dispatch('chosen_lines')(table, why)) }}
{%- endmacro %}

{% macro duckdb__chosen_lines(table, why) -%}
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

{% macro athena__chosen_lines(table, why) -%}
  {#- At once, since each name is read. -#}
  select lines.*
  from {{ table }} as lines
  {{ why }}
{%- endmacro %}
