-- one row per product, store and interval of days in which description and list price stayed the same
with product_days as (
  select * from {{ ref('int_product_days') }}
),

-- Prices are a source's: they hold in each of its stores.
stores as (
  select * from {{ ref('int_stores') }}
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
    {{ surrogate_key(['changes.system', 'changes.sku']) }} as product_key,
    stores.store_key,
    changes.system,
    changes.source,
    changes.sku,

    ---------- interval, both days included
    changes.order_date as valid_from,
    coalesce({{ add_days('changes.next_change', -1) }}, date '9999-12-31') as valid_to,
    changes.next_change is null as is_current,

    ---------- what held
    changes.description,
    changes.list_price,
    changes.currency
  from changes
  inner join stores on changes.system = stores.system and changes.source = stores.source
)

select * from final
