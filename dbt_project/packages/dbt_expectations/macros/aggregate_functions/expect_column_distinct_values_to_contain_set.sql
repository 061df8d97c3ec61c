{# Fails for each value of the set that no row has. #}
{% test expect_column_distinct_values_to_contain_set(model, column_name, value_set, quote_values=True, row_condition=None) %}
{%- if execute -%}
{%- set literals = dbt_expectations.set_literals('expect_column_distinct_values_to_contain_set', model, column_name, value_set, quote_values) -%}
{%- set comparable = dbt_expectations.comparable(column_name, quote_values) -%}
with found as (
  select distinct {{ comparable }} as found_value
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition, comparable ~ ' in (' ~ literals | join(', ') ~ ')']) }}
),

wanted as (
  {% for literal in literals -%}
  select {{ literal }} as wanted_value{{ ' union ' if not loop.last }}
  {% endfor -%}
)

select wanted.wanted_value as missing_value
from wanted
left join found on wanted.wanted_value = found.found_value
where found.found_value is null
{%- endif -%}
{% endtest %}
