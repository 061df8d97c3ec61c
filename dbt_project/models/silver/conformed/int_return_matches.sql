-- one row per return line with the sold line that its units came from: as its system states it, or as it was found
{# The facts of returns and three tests ask it, and would read all lines each time. #}
{{ config(materialized='table') }}

with sought as (
  select * from {{ ref('int_sought_return_matches') }}
),

stated as (
  select
    order_line_key, system, source, returned_order_id, quantity, ordered_at,
    {{ surrogate_key(['system', 'source', 'returned_order_id', 'returned_order_line_id']) }} as returned_order_line_key
  from {{ ref('int_order_lines') }}
  where is_return and not _is_deleted and returned_order_id is not null
),

-- Of systems that state anything: lines of all others would only be looked through.
sold as (
  select order_line_key, system, source, order_id, customer_id, ship_country, quantity, ordered_at
  from {{ ref('int_order_lines') }}
  where not is_return and not _is_deleted and system in (select distinct stated.system from stated)
),

-- A document that gives back names neither customer nor country: they are its order's.
orders as (
  select system, source, order_id, max(customer_id) as customer_id, max(ship_country) as ship_country
  from sold
  group by system, source, order_id
)

select
  order_line_key,
  returned_order_line_key,
  returned_order_id,
  match_method,
  matched_quantity,
  cast(null as varchar) as customer_id,
  cast(null as varchar) as ship_country
from sought

union all

select
  stated.order_line_key,
  coalesce(sold.order_line_key, -1) as returned_order_line_key,
  stated.returned_order_id,
  case
    when sold.ordered_at > stated.ordered_at then 'stated_earlier'
    when sold.order_line_key is not null then 'stated'
    when orders.order_id is not null then 'stated_order'
    else 'unknown_order'
  end as match_method,
  cast(
    case when sold.order_line_key is null then 0 else greatest(least(-stated.quantity, sold.quantity), 0) end as {{ sql_type('decimal') }}
  ) as matched_quantity,
  orders.customer_id,
  orders.ship_country
from stated
left join sold on stated.returned_order_line_key = sold.order_line_key
left join orders
  on stated.system = orders.system and stated.source = orders.source and stated.returned_order_id = orders.order_id
