{# Query with one row per row of a relation and whole number from its column first to its column last, both included,
   as the column name; a row whose last is below its first has none. Athena makes at most 10,000 of one row. #}
{% macro numbers_between(relation, first, last, name) -%}
  {{ return(adapter.dispatch('numbers_between')(relation, first, last, name)) }}
{%- endmacro %}

{% macro duckdb__numbers_between(relation, first, last, name) -%}
  select *, unnest(generate_series({{ first }}, {{ last }})) as {{ name }}
  from {{ relation }}
{%- endmacro %}

{% macro athena__numbers_between(relation, first, last, name) -%}
  select spans.*, numbers.n as {{ name }}
  from {{ relation }} as spans
  cross join unnest(case when spans.{{ last }} >= spans.{{ first }} then sequence(spans.{{ first }}, spans.{{ last }}) end) as numbers (n)
{%- endmacro %}
