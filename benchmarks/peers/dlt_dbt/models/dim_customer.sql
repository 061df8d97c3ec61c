-- one row per customer
select
  customer_id,
  arg_max(country, ordered_at) as country,
  min(order_date) as first_seen,
  max(order_date) as last_seen
from {{ ref('lines') }}
where customer_id is not null
group by customer_id
