-- one row per day with the rate that holds on it
with quoted as (
  select date as rate_date, gbp::double as rate from {{ source('bronze', 'rates') }} where gbp::text <> 'N/A'
),

days as (
  select
    d.day::date as day,
    last_value(quoted.rate ignore nulls) over so_far as rate,
    last_value(quoted.rate_date ignore nulls) over so_far as rate_date
  from generate_series(date '1999-01-01', date '2027-12-31', interval 1 day) as d (day)
  left join quoted on d.day = quoted.rate_date
  window so_far as (order by d.day)
)

select * from days where day - rate_date <= {{ var('carried_days') }}
