-- one row per place in a sequence: rising by 1 and by 2 a group, a tie in its order, and a NULL
with rows_by_hand(place, grp, rising, falling, tied, holed) as (
  values
  (1, 'x', 1, 9, 1, 1),
  (2, 'x', 2, 8, 3, null),
  (2, 'x', 3, 7, 2, 0),
  (1, 'y', 1, 8, 1, 1),
  (2, 'y', 3, 6, 2, 2),
  (3, 'y', 5, 4, 2, 3)
)

select
  place,
  place as "order",
  cast(grp as varchar) as grp,
  rising,
  falling,
  tied,
  cast(holed as integer) as holed
from rows_by_hand
