{# Fails for each of the last periods whose sum (or its difference from an earlier one, or that of their logarithms) is further
   from the mean of the periods before it than so many of their standard deviations. The running period does not count. #}
{% test expect_column_values_to_be_within_n_moving_stdevs(model, column_name, date_column_name, group_by=None, period='day',
      lookback_periods=1, trend_periods=7, test_periods=14, sigma_threshold=3, sigma_threshold_upper=None, sigma_threshold_lower=None,
      take_diffs=true, take_logs=true) %}
{%- if execute -%}
{%- set part = dbt_expectations.date_part('expect_column_values_to_be_within_n_moving_stdevs', model, column_name, period) -%}
{%- set groups = dbt_expectations.group_list(group_by) -%}
{%- set names = dbt_expectations.group_names(group_by, ['period', 'metric', 'earlier_metric', 'tested', 'moving_mean', 'moving_stdev', 'sigma']) -%}
{%- set window = dbt_expectations.partition_clause(names) ~ ' order by period' -%}
{%- set trend = window ~ ' rows between ' ~ trend_periods ~ ' preceding and 1 preceding' -%}
{%- set this_period = "date_trunc('" ~ part ~ "', " ~ dbt_expectations.local_now() ~ ')' -%}
{%- set upper = sigma_threshold if sigma_threshold_upper is none else sigma_threshold_upper -%}
{%- set lower = -1 * sigma_threshold if sigma_threshold_lower is none else sigma_threshold_lower -%}
with metrics as (
  select {{ dbt_expectations.select_groups(group_by, names) }}date_trunc('{{ part }}', {{ dbt_expectations.as_timestamp(date_column_name) }}) as period, cast(sum({{ column_name }}) as double) as metric
  from {{ model }}
  group by {{ range(1, groups | length + 2) | join(', ') }}
),

compared as (
  select *, lag(metric, {{ lookback_periods }}) over ({{ window }}) as earlier_metric
  from metrics
),

tested as (
  select
    *,
    {% for metric in ['metric', 'earlier_metric'] if take_diffs or metric == 'metric' -%}
    {{ ' - ' if not loop.first }}coalesce({{ dbt_expectations.log_natural('nullif(' ~ metric ~ ', 0)') if take_logs else metric }}, 0)
    {%- endfor %} as tested
  from compared
),

trends as (
  select *, avg(tested) over ({{ trend }}) as moving_mean, stddev_samp(tested) over ({{ trend }}) as moving_stdev
  from tested
),

measured as (
  select *, (tested - moving_mean) / nullif(moving_stdev, 0) as sigma
  from trends
)

select *
from measured
where period >= {{ dbt_expectations.add_periods(part, -1 * test_periods, this_period) }}
  and period < {{ this_period }}
  and not (sigma >= {{ lower }} and sigma <= {{ upper }})
{%- endif -%}
{% endtest %}
