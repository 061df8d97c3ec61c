{# Condition that a column's day is one of those that a query finds, or none at all. Athena leaves out the files of other
   months only where it is told literal days, so they are asked for before the model runs. DuckDB reads what it needs by
   itself. margin: by how many days the column may be apart from what the query finds. #}
{% macro days_within(column, query, margin=0) -%}
  {{ return(adapter.dispatch('days_within')(column, query, margin)) }}
{%- endmacro %}

{% macro duckdb__days_within(column, query, margin) -%}
  1 = 1
{%- endmacro %}

{% macro athena__days_within(column, query, margin) -%}
  {%- set span = 'select min(day) as first_day, max(day) as last_day from (select day, ' ~
    'sum(case when before is null or date_diff(\'day\', before, day) > ' ~ (1 + 2 * margin) ~ ' then 1 else 0 end) over (order by day) as run ' ~
    'from (select day, lag(day) over (order by day) as before from (' ~ query ~ ') as found where day is not null) as ordered) as runs group by run order by 1' -%}
  {%- set spans = run_query(span).rows if may_ask() else [] -%}
  {%- set first_and_last = [(spans[0][0], spans[-1][1])] if spans | length > 100 else spans -%}
  ({{ column }} is null
  {%- for first_day, last_day in first_and_last %}
    or {{ column }} >= date_add('day', -{{ margin }}, date '{{ first_day }}') and {{ column }} < date_add('day', {{ margin + 1 }}, date '{{ last_day }}')
  {%- endfor %})
{%- endmacro %}
