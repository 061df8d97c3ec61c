-- one row per product, by its latest description on a sold line
select
  sku,
  arg_max(description, ordered_at) filter (unit_price > 0 and quantity > 0) as description,
  min(order_date) as first_seen,
  max(order_date) as last_seen
from {{ ref('lines') }}
group by sku
