{# Fails where the latest time is older than the interval, or there is none; times in the future do not count. #}
{% test expect_row_values_to_have_recent_data(model, column_name, datepart, interval, row_condition=None) %}
{%- if execute -%}
{%- set part = dbt_expectations.date_part('expect_row_values_to_have_recent_data', model, column_name, datepart) -%}
{%- set oldest = dbt_expectations.add_periods(part, -1 * dbt_expectations.required_value('expect_row_values_to_have_recent_data', model, column_name, 'interval', interval) | int, dbt_expectations.local_now()) -%}
with latest as (
  select max({{ dbt_expectations.as_timestamp(column_name) }}) as latest_time
  from {{ model }}
  {{ dbt_expectations.where_clause([dbt_expectations.as_timestamp(column_name) ~ ' <= ' ~ dbt_expectations.local_now(), row_condition]) }}
)

select latest_time, {{ oldest }} as oldest_accepted
from latest
where latest_time is null or latest_time < {{ oldest }}
{%- endif -%}
{% endtest %}
