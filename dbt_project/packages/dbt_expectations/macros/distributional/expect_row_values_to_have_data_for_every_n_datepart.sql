{# Fails for each period without a row, from the first one that has rows (or the start date) to the last one (or before the end date). #}
{% test expect_row_values_to_have_data_for_every_n_datepart(model, date_col, date_part="day", interval=None, row_condition=None,
      exclusion_condition=None, test_start_date=None, test_end_date=None) %}
{%- if execute -%}
{%- set part = dbt_expectations.date_part('expect_row_values_to_have_data_for_every_n_datepart', model, date_col, date_part) -%}
{%- set step = interval or 1 -%}
{%- if step is not number or step < 1 -%}
  {%- do dbt_expectations.argument_error('expect_row_values_to_have_data_for_every_n_datepart', model, date_col, 'interval is a number from 1 on, not ' ~ interval) -%}
{%- endif -%}
{%- set start = dbt_expectations.as_timestamp(dbt_expectations.text_literal(test_start_date)) if test_start_date -%}
{%- set end = dbt_expectations.as_timestamp(dbt_expectations.text_literal(test_end_date)) if test_end_date -%}
with present as (
  select date_trunc('{{ part }}', {{ dbt_expectations.as_timestamp(date_col) }}) as period, count(*) as row_count
  from {{ model }}
  {{ dbt_expectations.where_clause([row_condition, date_col ~ ' is not null']) }}
  group by 1
),

bounds as (
  select
    {{ "date_trunc('" ~ part ~ "', " ~ start ~ ')' if start else 'min(period)' }} as first_period,
    {{ "date_trunc('" ~ part ~ "', " ~ end ~ ')' if end else 'max(period)' }} as last_period
  {{ '' if start and end else 'from present' }}
),

expected as (
  {{ dbt_expectations.period_series('bounds', part, step) }}
),

{% if step > 1 -%}
present_by_step as (
  select
    {{ dbt_expectations.add_periods(
      part,
      'cast(floor(cast(' ~ dbt_expectations.periods_between(part, 'bounds.first_period', 'present.period') ~ ' as double) / ' ~ step ~ ') as bigint) * ' ~ step,
      'bounds.first_period',
    ) }} as period,
    sum(present.row_count) as row_count
  from present
  cross join bounds
  group by 1
),

{% endif -%}
counted as (
  select expected.period as date_{{ part }}, coalesce(found.row_count, 0) as row_count
  from expected
  left join {{ 'present_by_step' if step > 1 else 'present' }} as found on expected.period = found.period
  {{ dbt_expectations.where_clause(['expected.period < ' ~ end if end]) }}
)

select *
from counted
{{ dbt_expectations.where_clause(['row_count = 0', exclusion_condition]) }}
{%- endif -%}
{% endtest %}
