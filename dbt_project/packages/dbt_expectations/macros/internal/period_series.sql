{# Query for the beginnings of periods from `first_period` to `last_period` of a one-row table, every so many of them.
   Trino's sequence() stops at 10,000 entries, hence two of them. #}
{% macro period_series(table, part, step) -%}
  {{ return(adapter.dispatch('period_series', 'dbt_expectations')(table, part, step)) }}
{%- endmacro %}

{% macro duckdb__period_series(table, part, step) -%}
  select unnest(generate_series({{ table }}.first_period, {{ table }}.last_period, interval {{ step }} {{ part }})) as period
  from {{ table }}
{%- endmacro %}

{% macro athena__period_series(table, part, step) -%}
  {%- set last_step = "(date_diff('" ~ part ~ "', " ~ table ~ ".first_period, " ~ table ~ ".last_period) / " ~ step ~ ")" -%}
  select date_add('{{ part }}', (blocks.n * 10000 + steps.n) * {{ step }}, {{ table }}.first_period) as period
  from {{ table }}
  cross join unnest(sequence(0, {{ last_step }} / 10000)) as blocks(n)
  cross join unnest(sequence(0, 9999)) as steps(n)
  where blocks.n * 10000 + steps.n <= {{ last_step }}
{%- endmacro %}
