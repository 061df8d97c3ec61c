-- Fails when a return whose sale was sought is linked to a line that is not an earlier sale of the same customer, product and
-- price, or when more units were matched than were returned, or than that customer had bought at that price: then matching is
-- wrong. What a system states of its returns is its own affair, of which another test warns.
with returns as (
  select * from {{ ref('fct_return_lines') }}
),

sought as (
  select * from returns
  where match_method in ('full', 'partial', 'no_customer', 'no_earlier_sale')
),

sold as (
  select * from {{ ref('fct_order_lines') }} where quantity > 0
),

matched as (
  select store_key, customer_key, sku, unit_price, sum(matched_quantity) as quantity
  from sought
  where matched_quantity > 0 and line_type = 'product'
  group by store_key, customer_key, sku, unit_price
),

bought as (
  select sold.store_key, sold.customer_key, sold.sku, sold.unit_price, sum(sold.quantity) as quantity
  from sold
  inner join matched
    on
      sold.store_key = matched.store_key and sold.customer_key = matched.customer_key
      and sold.sku = matched.sku and sold.unit_price = matched.unit_price
  group by sold.store_key, sold.customer_key, sold.sku, sold.unit_price
)

select 'linked to no earlier sale of the same' as problem, sought.order_id, sought.sku
from sought
left join sold on sought.returned_order_line_key = sold.order_line_key
where
  sought.returned_order_line_key <> -1
  and (
    sold.order_line_key is null
    or sold.ordered_at > sought.ordered_at
    or sold.customer_key <> sought.customer_key
    or sold.sku <> sought.sku
    or (sold.unit_price <> sought.unit_price and sought.line_type = 'product')
    or sold.order_id <> sought.returned_order_id
  )
union all
select 'more units matched than returned' as problem, order_id, sku
from returns
where
  matched_quantity > -least(quantity, 0) or matched_quantity < 0
  or (returned_order_line_key = -1 and matched_quantity <> 0)
  or (match_method in ('full', 'partial') and matched_quantity = 0)
union all
select 'more units matched than bought' as problem, cast(matched.customer_key as varchar) as order_id, matched.sku
from matched
left join bought
  on
    matched.store_key = bought.store_key and matched.customer_key = bought.customer_key
    and matched.sku = bought.sku and matched.unit_price = bought.unit_price
where matched.quantity > coalesce(bought.quantity, 0)
