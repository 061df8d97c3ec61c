{# Query for the groups (or the whole table) in which a condition on an aggregate is false; where it is NULL they pass. #}
{% macro failing_aggregates(model, name, aggregate, condition, group_by=none, row_condition=none) -%}
{%- set names = dbt_expectations.group_names(group_by, [name]) -%}
with measured as (
  select {{ dbt_expectations.select_groups(group_by, names) }}{{ (dbt_expectations.shown_columns([]) + [aggregate ~ ' as ' ~ name]) | join(', ') }}
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition]) }}
  {{ dbt_expectations.group_clause(group_by) }}
)

select *
from measured
where not ({{ condition }})
{%- endmacro %}
