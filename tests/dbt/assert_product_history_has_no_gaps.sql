-- Fails when a product's intervals in a store leave days out, or when the last one is not the current
-- one: then a join by date finds no description and price on some day. Overlaps have a test of their own.
with intervals as (
  select
    product_key,
    store_key,
    valid_from,
    valid_to,
    is_current,
    lead(valid_from) over (partition by product_key, store_key order by valid_from) as next_from
  from {{ ref('dim_product_history') }}
)

select *
from intervals
where
  is_current <> (next_from is null)
  or (next_from is null and valid_to <> date '9999-12-31')
  or (next_from is not null and {{ add_days('valid_to', 1) }} <> next_from)
