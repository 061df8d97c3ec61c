{# Fails for each value (NULL too) that is not in the set, and for each value of the set that no row has. #}
{% test expect_column_distinct_values_to_equal_set(model, column_name, value_set, quote_values=True, row_condition=None) %}
{%- if execute -%}
{%- set literals = dbt_expectations.set_literals('expect_column_distinct_values_to_equal_set', model, column_name, value_set, quote_values) -%}
{%- set comparable = dbt_expectations.comparable(column_name, quote_values) -%}
with found as (
  select distinct {{ comparable }} as found_value
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition]) }}
),

wanted as (
  {% for literal in literals -%}
  select {{ literal }} as wanted_value{{ ' union ' if not loop.last }}
  {% endfor -%}
)

select found.found_value as unexpected_value, wanted.wanted_value as missing_value
from found
full outer join wanted on found.found_value = wanted.wanted_value
where found.found_value is null or wanted.wanted_value is null
{%- endif -%}
{% endtest %}
