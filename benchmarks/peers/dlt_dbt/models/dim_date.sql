-- one row per day
select day::date as day, isoyear(day) as iso_year, week(day) as iso_week, dayofweek(day) as weekday
from generate_series(date '2009-01-01', date '2027-12-31', interval 1 day) as d (day)
