{# Fails for each value (or each group's sum) that is further from the mean of all than so many standard deviations. #}
{% test expect_column_values_to_be_within_n_stdevs(model, column_name, group_by=None, sigma_threshold=3) %}
{%- if execute -%}
{%- set names = dbt_expectations.group_names(group_by, ['metric', 'mean', 'stdev', 'sigma']) -%}
with metrics as (
  select {{ dbt_expectations.select_groups(group_by, names) }}cast({{ 'sum(' ~ column_name ~ ')' if group_by else column_name }} as double) as metric
  from {{ model }}
  {{ dbt_expectations.group_clause(group_by) }}
),

spread as (
  select *, avg(metric) over () as mean, stddev_samp(metric) over () as stdev
  from metrics
),

measured as (
  select *, (metric - mean) / nullif(stdev, 0) as sigma
  from spread
)

select *
from measured
where abs(sigma) > {{ sigma_threshold }}
{%- endif -%}
{% endtest %}
