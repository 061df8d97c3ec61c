-- one row per return line whose system does not state it, with the sold line that its units came from, of the same
-- customer, product and price. Units are a stack per customer, product and price: a sale puts its units on top, a return takes from the top. With S
-- the running sum of signed units and its lowest point so far, the stack's height is S - least(0, lowest S): what is
-- returned below an empty stack was sold before our time. No recursion, no loop.
{{ config(materialized='table') }}

with returns as (
  select order_line_key, system, source, customer_id, sku, unit_price, quantity, least(quantity, 0) as units_returned
  from {{ ref('int_order_lines') }}
  where is_return and not _is_deleted and returned_order_id is null
),

stacks as (
  select distinct system, source, customer_id, sku, unit_price
  from returns
  where customer_id is not null and quantity < 0
),

movements as (
  select
    lines.order_line_key,
    lines.order_id,
    lines.is_return,
    lines.quantity,
    lines.ordered_at,
    lines._position,
    {{ surrogate_key(['lines.system', 'lines.source', 'lines.customer_id', 'lines.sku', 'cast(lines.unit_price * 10000 as bigint)']) }} as stack_key
  from {{ ref('int_order_lines') }} as lines
  inner join stacks
    on
      lines.customer_id = stacks.customer_id and lines.sku = stacks.sku and lines.unit_price = stacks.unit_price
      and lines.system = stacks.system and lines.source = stacks.source
  where
    not lines._is_deleted
    and ((lines.is_return and lines.quantity < 0) or (not lines.is_return and lines.quantity > 0))
),

summed as (
  select
    *,
    row_number() over stack as nth,
    cast(sum(quantity) over (stack rows between unbounded preceding and current row) as decimal(38, 4)) as height
  from movements
  window stack as (
    partition by stack_key
    order by ordered_at, case when is_return then 0 else 1 end, _position, order_line_key
  )
),

lowest as (
  select
    *,
    height - quantity as height_before,
    coalesce(
      min(height) over (partition by stack_key order by nth rows between unbounded preceding and 1 preceding), 0
    ) as lowest_before
  from summed
),

levels as (
  select
    *,
    height_before - case when lowest_before < 0 then lowest_before else 0 end as level_before
  from lowest
),

holders as (
  {{ last_sold_first_sales('levels') }}
)

select
  returns.order_line_key,
  coalesce(holders.sold_order_line_key, -1) as returned_order_line_key,
  holders.sold_order_id as returned_order_id,
  case
    when returns.customer_id is null then 'no_customer'
    when holders.sold_order_line_key is null then 'no_earlier_sale'
    when -returns.units_returned <= holders.level_before - holders.sold_level_before then 'full'
    else 'partial'
  end as match_method,
  cast(
    case when holders.sold_order_line_key is null then 0 else least(-returns.units_returned, holders.level_before) end
    as {{ sql_type('decimal') }}
  ) as matched_quantity
from returns
left join holders on returns.order_line_key = holders.order_line_key
