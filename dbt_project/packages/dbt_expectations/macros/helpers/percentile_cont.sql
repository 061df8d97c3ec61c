{# Quantile interpolated between neighbours, as an aggregate; with a partition as a window. On Athena it holds all values
   of a group at once. #}
{% macro percentile_cont(field, quantile, partition=none) -%}
  {{ return(adapter.dispatch('percentile_cont', 'dbt_expectations')(field, quantile, partition)) }}
{%- endmacro %}

{% macro duckdb__percentile_cont(field, quantile, partition) -%}
  quantile_cont({{ field }}, {{ quantile }}){{ ' over (partition by ' ~ partition ~ ')' if partition }}
{%- endmacro %}

{% macro athena__percentile_cont(field, quantile, partition) -%}
  {%- set entries = 'array_agg(cast(' ~ field ~ ' as double))' ~ (' over (partition by ' ~ partition ~ ')' if partition else '') -%}
  {%- set place = '(cardinality(v) - 1) * ' ~ quantile -%}
  {%- set below = 'element_at(v, cast(floor(' ~ place ~ ') as bigint) + 1)' -%}
  {%- set above = 'element_at(v, cast(ceil(' ~ place ~ ') as bigint) + 1)' -%}
  element_at(transform(array[array_sort(filter({{ entries }}, e -> e is not null))], v -> if(cardinality(v) = 0, null, {{ below }} + ({{ above }} - {{ below }}) * ({{ place }} - floor({{ place }})))), 1)
{%- endmacro %}
