-- one row per event of the last days, of one that is long ago, of one in the future, and of one without a group
with rows_by_hand(grp, hours_ago) as (
  values
  ('fresh', 1),
  ('fresh', 100),
  ('stale', 60),
  ('future', -48),
  ('future', 70),
  (null, 500)
)

select
  cast(grp as varchar) as grp,
  {{ dbt_expectations.add_periods('hour', '-1 * hours_ago', dbt_expectations.local_now()) }} as happened_at,
  hours_ago
from rows_by_hand
