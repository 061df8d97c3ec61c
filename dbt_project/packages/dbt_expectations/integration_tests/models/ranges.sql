-- one row per range: partitions whose ranges join, stand apart, overlap, are turned round, are open or empty
with rows_by_hand(grp, starts, ends) as (
  values
  ('joined', 1, 3),
  ('joined', 3, 5),
  ('apart', 2, 3),
  ('apart', 4, 6),
  ('overlapping', 1, 4),
  ('overlapping', 3, 5),
  ('turned', 5, 1),
  ('open', 1, null),
  ('empty', 1, 1),
  ('empty', 1, 2)
)

select
  cast(grp as varchar) as grp,
  starts,
  cast(ends as integer) as ends
from rows_by_hand
