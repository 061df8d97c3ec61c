-- Fails when a return is linked to a line that is not an earlier sale of the same customer, product and price, or when
-- more units were matched than were returned, or than that customer had bought at that price: then matching is wrong.
with returns as (
  select * from {{ ref('fct_return_lines') }}
),

sold as (
  select * from {{ ref('fct_order_lines') }} where quantity > 0
),

matched as (
  select store_key, customer_key, sku, unit_price, sum(matched_quantity) as quantity
  from returns
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

select 'linked to no earlier sale of the same' as problem, returns.order_id, returns.sku
from returns
left join sold on returns.returned_order_line_key = sold.order_line_key
where
  returns.returned_order_line_key <> -1
  and (
    sold.order_line_key is null
    or sold.ordered_at > returns.ordered_at
    or sold.customer_key <> returns.customer_key
    or sold.sku <> returns.sku
    or (sold.unit_price <> returns.unit_price and returns.line_type = 'product')
    or sold.order_id <> returns.returned_order_id
  )
union all
select 'more units matched than returned' as problem, order_id, sku
from returns
where matched_quantity > -least(quantity, 0) or matched_quantity < 0 or (matched_quantity = 0) <> (returned_order_line_key = -1)
union all
select 'more units matched than bought' as problem, cast(matched.customer_key as varchar) as order_id, matched.sku
from matched
left join bought
  on
    matched.store_key = bought.store_key and matched.customer_key = bought.customer_key
    and matched.sku = bought.sku and matched.unit_price = bought.unit_price
where matched.quantity > coalesce(bought.quantity, 0)
