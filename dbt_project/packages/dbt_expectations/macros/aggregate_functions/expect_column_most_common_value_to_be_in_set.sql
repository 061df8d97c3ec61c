{# Fails for each value that is, by its number of rows, at place `top_n` and not in the set. Of values that share the place
   each has to be in the set. NULL has a place too, and passes. A bare decimal is DuckDB's, which has 3 places; Trino's has none. #}
{% test expect_column_most_common_value_to_be_in_set(model, column_name, value_set, top_n, quote_values=True, data_type="decimal",
      row_condition=None) %}
{%- if execute -%}
{%- set literals = dbt_expectations.set_literals('expect_column_most_common_value_to_be_in_set', model, column_name, value_set, quote_values) -%}
{%- if top_n is not number or top_n < 1 -%}
  {%- do dbt_expectations.argument_error('expect_column_most_common_value_to_be_in_set', model, column_name, 'top_n is a number from 1 on, not ' ~ top_n) -%}
{%- endif -%}
{%- set type = 'decimal(18, 3)' if data_type | lower in ('decimal', 'numeric') else data_type -%}
with counted as (
  select {{ dbt_expectations.comparable(column_name, true) if quote_values else 'cast(' ~ column_name ~ ' as ' ~ type ~ ')' }} as common_value, count(*) as row_count
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition]) }}
  group by 1
),

ranked as (
  select *, rank() over (order by row_count desc) as first_place, count(*) over (partition by row_count) as sharers
  from counted
)

select common_value, row_count
from ranked
where {{ top_n }} between first_place and first_place + sharers - 1
  and common_value not in (
    {%- for literal in literals %}{{ literal if quote_values else 'cast(' ~ literal ~ ' as ' ~ type ~ ')' }}{{ ', ' if not loop.last }}{% endfor -%}
  )
{%- endif -%}
{% endtest %}
