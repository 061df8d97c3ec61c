-- Fails when the two marts tell different units for a month: then a product line found no product, or no store,
-- and one of the marts leaves it out.
with by_product as (
  select store_key, month_start, sum(units_sold) as units_sold, sum(units_returned) as units_returned
  from {{ ref('mart_product_performance') }}
  group by store_key, month_start
),

by_day as (
  select
    store_key,
    cast(date_trunc('month', order_date) as date) as month_start,
    sum(units_sold) as units_sold,
    sum(units_returned) as units_returned
  from {{ ref('mart_daily_sales') }}
  group by store_key, cast(date_trunc('month', order_date) as date)
)

select
  by_day.store_key,
  by_day.month_start,
  by_day.units_sold as daily_units_sold,
  by_product.units_sold as product_units_sold,
  by_day.units_returned as daily_units_returned,
  by_product.units_returned as product_units_returned
from by_day
left join by_product on by_day.store_key = by_product.store_key and by_day.month_start = by_product.month_start
where
  by_day.units_sold <> coalesce(by_product.units_sold, 0)
  or by_day.units_returned <> coalesce(by_product.units_returned, 0)
