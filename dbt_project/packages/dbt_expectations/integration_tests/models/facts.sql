-- one row per id; with NULLs, ties, a gap in the days and texts that differ by case
with rows_by_hand(id, grp, num, dec, txt, txt_b, day, day_text) as (
  values
  (1, 'x', 1, 1.25, 'abc', 'abc', date '2024-01-01', '2024-01-01'),
  (2, 'x', 2, 2.00, 'abd', 'abe', date '2024-01-02', '2024-01-02'),
  (3, 'x', 2, 2.50, 'ABC', 'abc', date '2024-01-03', '2024-01-03'),
  (4, 'y', 5, 0.50, 'it''s', null, date '2024-01-05', '2024-01-05'),
  (5, 'y', null, null, null, null, date '2024-01-06', '2024-01-06'),
  (6, null, 9, 7.00, 'wxyz', 'wxyz', null, null)
)

select
  cast(id as integer) as id,
  cast(grp as varchar) as grp,
  cast(num as integer) as num,
  cast(dec as decimal(10, 2)) as dec,
  cast(txt as varchar) as txt,
  cast(txt_b as varchar) as txt_b,
  day,
  cast(day_text as varchar) as day_text
from rows_by_hand
