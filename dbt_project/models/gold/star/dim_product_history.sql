-- one row per product, store and interval of days in which description and list price stayed the same
with product_days as (
  select * from {{ ref('int_product_days') }}
),

compared as (
  select
    *,
    lag(order_date) over (partition by system, source, sku order by order_date) as previous_date,
    lag(description) over (partition by system, source, sku order by order_date) as previous_description,
    lag(list_price) over (partition by system, source, sku order by order_date) as previous_list_price,
    lag(currency) over (partition by system, source, sku order by order_date) as previous_currency
  from product_days
),

changes as (
  select
    *,
    lead(order_date) over (partition by system, source, sku order by order_date) as next_change
  from compared
  where
    previous_date is null
    or description is distinct from previous_description
    or list_price is distinct from previous_list_price
    or currency is distinct from previous_currency
),

final as (
  select
    ---------- ids
    {{ surrogate_key(['system', 'sku']) }} as product_key,
    {{ surrogate_key(['system', 'source']) }} as store_key,
    system,
    source,
    sku,

    ---------- interval, both days included
    order_date as valid_from,
    coalesce({{ add_days('next_change', -1) }}, date '9999-12-31') as valid_to,
    next_change is null as is_current,

    ---------- what held
    description,
    list_price,
    currency
  from changes
)

select * from final
