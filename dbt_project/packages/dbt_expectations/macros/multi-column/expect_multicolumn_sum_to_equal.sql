{# Fails for each group (or the whole) in which the columns' sums do not add up to a number, or to the sum of another column. #}
{% test expect_multicolumn_sum_to_equal(model, column_list, sum_total, group_by=None, row_condition=None) %}
{%- if execute -%}
{%- set total = sum_total if sum_total is number else 'sum(' ~ dbt_expectations.required_value('expect_multicolumn_sum_to_equal', model, none, 'sum_total', sum_total) ~ ')' -%}
{%- set names = dbt_expectations.group_names(group_by, ['total', 'expected_total']) -%}
with measured as (
  select {{ dbt_expectations.select_groups(group_by, names) }}{{ dbt_expectations.multicolumn_sum('expect_multicolumn_sum_to_equal', model, column_list) }} as total, {{ total }} as expected_total
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition]) }}
  {{ dbt_expectations.group_clause(group_by) }}
)

select *
from measured
where not (total = expected_total)
{%- endif -%}
{% endtest %}
