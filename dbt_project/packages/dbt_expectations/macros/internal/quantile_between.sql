{# Query for the groups whose quantile (interpolated between neighbours) does not lie between two bounds.
   Trino has no exact quantile: equal values are counted first, so that a window has to hold distinct values only. #}
{% macro quantile_between(test, model, column_name, quantile, min_value, max_value, group_by, row_condition, strictly) -%}
  {%- if quantile is not number or quantile < 0 or quantile > 1 -%}
    {%- do dbt_expectations.argument_error(test, model, column_name, 'quantile is a number from 0 to 1, not ' ~ quantile) -%}
  {%- endif -%}
  {%- set condition = dbt_expectations.within_bounds(test, model, column_name, 'quantile_value', min_value, max_value, strictly) -%}
  {{ return(adapter.dispatch('quantile_between', 'dbt_expectations')(model, column_name, quantile, condition, group_by, row_condition)) }}
{%- endmacro %}

{% macro duckdb__quantile_between(model, column_name, quantile, condition, group_by, row_condition) -%}
  {{ dbt_expectations.failing_aggregates(model, 'quantile_value', dbt_expectations.percentile_cont(column_name, quantile), condition, group_by, row_condition) }}
{%- endmacro %}

{% macro athena__quantile_between(model, column_name, quantile, condition, group_by, row_condition) -%}
{%- set names = dbt_expectations.group_names(group_by, ['quantile_value', 'entry', 'entries', 'entries_so_far', 'place', 'below', 'above', 'share']) -%}
{%- set count = names | length -%}
with counted as (
  select {{ dbt_expectations.select_groups(group_by, names) }}cast({{ column_name }} as double) as entry, count(*) as entries
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition, column_name ~ ' is not null']) }}
  group by {{ range(1, count + 2) | join(', ') }}
),

placed as (
  select
    *,
    sum(entries) over ({{ dbt_expectations.partition_clause(names) }} order by entry) as entries_so_far,
    (sum(entries) over ({{ dbt_expectations.partition_clause(names) }}) - 1) * {{ quantile }} as place
  from counted
),

neighbours as (
  select
    {{ dbt_expectations.select_groups(names, names) }}
    min(case when entries_so_far > floor(place) then entry end) as below,
    min(case when entries_so_far > ceil(place) then entry end) as above,
    max(place - floor(place)) as share
  from placed
  {{ dbt_expectations.group_clause(names) }}
),

measured as (
  select {{ dbt_expectations.select_groups(names, names) }}below + (above - below) * share as quantile_value
  from neighbours
)

select *
from measured
where not ({{ condition }})
{%- endmacro %}
