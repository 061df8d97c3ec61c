-- one row per number: fifteen near each other and one far away, which a group has together with its opposite
with numbered(n) as (
  {% for n in range(15) %}
  select {{ n }} {{ 'union all' if not loop.last }}
  {% endfor %}
)

select
  cast(n as varchar) as grp,
  10 + mod(n, 3) as amount,
  4 as same
from numbered

union all

select
  'far' as grp,
  1000 as amount,
  4 as same

union all

select
  'far' as grp,
  -990 as amount,
  4 as same
