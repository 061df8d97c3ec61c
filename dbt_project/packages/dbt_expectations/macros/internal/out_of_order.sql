{# Query for the values that are not greater (or, decreasing, less) than the one before them, with both. Of rows that
   sort the same, the order is the one in which they would pass. #}
{% macro out_of_order(model, column_name, sort_column, strictly, row_condition, group_by, step, is_increasing) -%}
{%- set names = dbt_expectations.group_names(group_by, ['sort_value', 'column_value', 'value_before']) -%}
{%- set order = 'sort_value, column_value' ~ ('' if is_increasing else ' desc') -%}
with sorted as (
  select {{ dbt_expectations.select_groups(group_by, names) }}{{ sort_column or column_name }} as sort_value, {{ column_name }} as column_value
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition]) }}
),

followed as (
  select
    *,
    lag(column_value) over ({{ dbt_expectations.partition_clause(names) }} order by {{ order }}) as value_before
  from sorted
)

select *
from followed
where not (
  column_value {{ '>' if is_increasing else '<' }}{{ '=' if not strictly }} value_before
  {%- if step is not none %} and {{ 'column_value - value_before' if is_increasing else 'value_before - column_value' }} = {{ step }}{% endif -%}
)
{%- endmacro %}
