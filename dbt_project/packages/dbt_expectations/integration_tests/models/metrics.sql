-- one row per group and day of the last 40 days: steady, but for jumps 5 and 30 days ago, and one today
with numbered(n) as (
  {% for n in range(41) %}
  select {{ n }} {{ 'union all' if not loop.last }}
  {% endfor %}
)

select
  cast(grps.grp as varchar) as grp,
  cast({{ dbt_expectations.add_periods('day', '-1 * numbered.n', dbt_expectations.local_now()) }} as date) as day,
  case
    when grps.grp = 'jumpy' and numbered.n in (5, 30) then 500
    when grps.grp = 'today' and numbered.n = 0 then 500
    when grps.grp = 'flat' then 7
    else 100 + mod(numbered.n * 7, 5)
  end as amount
from numbered
cross join (values ('steady'), ('jumpy'), ('flat'), ('today')) as grps(grp)
