-- one row per day
select
  order_date,
  count(distinct order_id) filter (not is_return) as orders,
  sum(quantity) filter (not is_return) as units,
  sum(net_amount) as revenue,
  sum(net_amount_eur) as revenue_eur,
  sum(net_amount) filter (is_return) as returned
from {{ ref('lines') }}
where line_type in ({% for line_type in var('revenue') %}'{{ line_type }}'{{ ', ' if not loop.last }}{% endfor %})
group by order_date
