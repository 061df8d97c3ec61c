-- Warns of two counted locations of different sources that told the same stock on the last day on which both were looked at: of at
-- least ten SKUs, all alike and not all of them nothing. Then one repeats the other, and seeds/locations.csv should say which one counts.
{{ config(severity='warn') }}

with last_days as (
  select location_key, max(date_day) as date_day
  from {{ ref('fct_inventory_daily') }}
  where is_counted and not is_carried
  group by location_key
),

stock as (
  select facts.system, facts.source, facts.location, facts.date_day, facts.product_key, facts.quantity
  from {{ ref('fct_inventory_daily') }} as facts
  inner join last_days on facts.location_key = last_days.location_key and facts.date_day = last_days.date_day
  where facts.is_listed
),

compared as (
  select
    one.system, one.source, one.location, other.system as other_system, other.source as other_source, other.location as other_location,
    count(*) as skus, count(case when one.quantity = other.quantity then 1 end) as skus_alike, sum(abs(one.quantity)) as quantity
  from stock as one
  inner join stock as other on one.product_key = other.product_key and one.date_day = other.date_day
  where one.system || '/' || one.source < other.system || '/' || other.source
  group by one.system, one.source, one.location, other.system, other.source, other.location
)

select * from compared
where skus >= 10 and skus = skus_alike and quantity > 0
