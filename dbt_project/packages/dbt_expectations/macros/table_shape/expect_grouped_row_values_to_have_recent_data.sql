{# Fails for each group (or the whole) whose latest time is older than the interval; times in the future do not count, nor do
   groups that are NULL. #}
{% test expect_grouped_row_values_to_have_recent_data(model, group_by, timestamp_column, datepart, interval, row_condition=None) %}
{%- if execute -%}
{%- set part = dbt_expectations.date_part('expect_grouped_row_values_to_have_recent_data', model, timestamp_column, datepart) -%}
{%- set groups = dbt_expectations.group_list(group_by) -%}
{%- set oldest = dbt_expectations.add_periods(part, -1 * dbt_expectations.required_value('expect_grouped_row_values_to_have_recent_data', model, timestamp_column, 'interval', interval) | int, dbt_expectations.local_now()) -%}
{%- set names = dbt_expectations.group_names(groups, ['latest_time', 'oldest_accepted']) -%}
with latest as (
  select {{ dbt_expectations.select_groups(groups, names) }}max({{ dbt_expectations.as_timestamp(timestamp_column) }}) as latest_time
  from {{ model }}
  {{ dbt_expectations.where_clause([dbt_expectations.as_timestamp(timestamp_column) ~ ' <= ' ~ dbt_expectations.local_now(), row_condition, groups | join(' is not null and ') ~ ' is not null' if groups]) }}
  {{ dbt_expectations.group_clause(groups) }}
)

select *, {{ oldest }} as oldest_accepted
from latest
where latest_time < {{ oldest }}
{%- endif -%}
{% endtest %}
