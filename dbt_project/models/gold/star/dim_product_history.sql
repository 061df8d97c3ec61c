-- one row per product, store and interval of days in which description and list price stayed the same
-- Prices are a source's: they hold in each of its stores.
with stores as (
  select * from {{ ref('int_stores') }}
),

sold as (
  select
    stores.store_key, days.system, days.source, days.sku, days.order_date as date_day,
    days.description, days.list_price, days.currency
  from {{ ref('int_product_days') }} as days
  inner join stores on days.system = stores.system and days.source = stores.source
),

-- What a catalogue said last on a day of the store.
listed as (
  select
    stores.store_key, states.system, states.source, states.sku, stores.base_currency as currency,
    {{ local_date('states.changed_at', 'stores.time_zone') }} as date_day,
    states.changed_at, states.product_name as description, states.list_price
  from {{ ref('int_product_states') }} as states
  inner join stores on states.system = stores.system and states.source = stores.source
  where states.is_listed
),

ranked as (
  select
    *,
    row_number() over (partition by store_key, sku, date_day order by changed_at desc) as nth
  from listed
),

days as (
  select store_key, system, source, sku, date_day, description, list_price, currency from sold
  union all
  select store_key, system, source, sku, date_day, description, list_price, currency from ranked
  where nth = 1
),

compared as (
  select
    *,
    lag(date_day) over (partition by store_key, sku order by date_day) as previous_date,
    lag(description) over (partition by store_key, sku order by date_day) as previous_description,
    lag(list_price) over (partition by store_key, sku order by date_day) as previous_list_price,
    lag(currency) over (partition by store_key, sku order by date_day) as previous_currency
  from days
),

changes as (
  select
    *,
    lead(date_day) over (partition by store_key, sku order by date_day) as next_change
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
    store_key,
    system,
    source,
    sku,

    ---------- interval, both days included
    date_day as valid_from,
    coalesce({{ add_days('next_change', -1) }}, date '9999-12-31') as valid_to,
    next_change is null as is_current,

    ---------- what held
    description,
    list_price,
    currency
  from changes
)

select * from final
