-- one row per line of a C invoice, with the latest earlier order of the same customer, product and price
with returns as (
  select * from {{ ref('lines') }} where is_return
),

sales as (
  select customer_id, sku, unit_price, ordered_at, order_id as returned_order_id, false as is_return
  from {{ ref('fct_order_lines') }}
  semi join returns using (customer_id, sku, unit_price)
  where quantity > 0
),

both_kinds as (
  select *, null as returned_order_id from returns
  union all by name
  select * from sales
),

linked as (
  select
    * replace (
      last_value(returned_order_id ignore nulls) over (
        partition by customer_id, sku, unit_price order by ordered_at, is_return
        rows between unbounded preceding and current row
      ) as returned_order_id
    )
  from both_kinds
)

select * from linked where is_return
