-- one row per hour of two days, of which one hour is missing
with numbered(n) as (
  {% for n in range(48) %}
  select {{ n }} {{ 'union all' if not loop.last }}
  {% endfor %}
)

select
  {{ dbt_expectations.add_periods('hour', 'n', "timestamp '2024-03-01 00:00:00'") }} as happened_at
from numbered
where n != 30
