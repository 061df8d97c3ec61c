{# Query for the groups (or the whole) whose aggregate differs from that of another table by more than the tolerance.
   What the other side is not told of, it takes over from this one. A group that only one side has counts as 0 on the
   other; groups that are NULL match none. #}
{% macro different_aggregates(test, model, expression, compare_model=none, compare_expression=none, group_by=none, compare_group_by=none,
                              row_condition=none, compare_row_condition=none, tolerance=0.0, tolerance_percent=none) -%}
{%- if dbt_expectations.group_list(compare_group_by or group_by) | length != dbt_expectations.group_list(group_by) | length -%}
  {%- do dbt_expectations.argument_error(test, model, none, 'group_by and compare_group_by have the same number of entries') -%}
{%- endif -%}
{%- set names = dbt_expectations.group_names(group_by, ['expression', 'compare_expression', 'difference', 'difference_percent']) -%}
{%- set compare_group_by = compare_group_by or group_by -%}
with here as (
  select {{ dbt_expectations.select_groups(group_by, names) }}{{ expression }} as expression
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition]) }}
  {{ dbt_expectations.group_clause(group_by) }}
),

there as (
  select {{ dbt_expectations.select_groups(compare_group_by, names) }}{{ compare_expression or expression }} as compare_expression
  from {{ compare_model or model }}
  {{ dbt_expectations.where_clause([compare_row_condition or row_condition]) }}
  {{ dbt_expectations.group_clause(compare_group_by) }}
),

compared as (
  select
    {%- for name in names %}
    coalesce(here.{{ name }}, there.{{ name }}) as {{ name }},
    {%- endfor %}
    here.expression,
    there.compare_expression,
    abs(coalesce(here.expression, 0) - coalesce(there.compare_expression, 0)) as difference
  from here
  {% if names -%}
  full outer join there on {% for name in names %}here.{{ name }} = there.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
  {%- else -%}
  cross join there
  {%- endif %}
),

measured as (
  select
    *,
    cast(difference as double) / nullif(abs(cast(expression as double)), 0) as difference_percent
  from compared
)

select *
from measured
where {{ 'difference_percent > ' ~ tolerance_percent if tolerance_percent else 'difference > ' ~ tolerance }}
{%- endmacro %}
