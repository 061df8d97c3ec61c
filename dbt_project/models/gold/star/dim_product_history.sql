-- one row per product, store and interval of days in which description and list price stayed the same, from 1900-01-01 on
-- Prices are a source's: they hold in each of its stores.
with stores as (
  select * from {{ ref('int_stores') }}
),

sold as (
  select
    stores.store_key, days.system, days.source, days.sku, days.order_date as date_day, days.description, days.list_price, days.currency
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
  select *, row_number() over (partition by store_key, sku, date_day order by changed_at desc) as nth
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

known as (
  select
    {{ surrogate_key(['system', 'sku']) }} as product_key, store_key, system, source, sku,
    date_day as valid_from, coalesce({{ add_days('next_change', -1) }}, date '9999-12-31') as valid_to, next_change is null as is_current,
    description, list_price, currency, previous_date is null as is_first
  from changes
),

-- What was sold and of which no price is known, and the members for lines that are of no product.
traded as (
  select distinct
    stores.store_key, stores.base_currency as currency, lines.system, lines.source, lines.sku,
    {{ surrogate_key(['lines.system', 'lines.sku']) }} as product_key
  from {{ ref('int_order_lines') }} as lines
  inner join {{ ref('line_type_rules') }} as rules on lines.line_type = rules.line_type and rules.has_product
  inner join stores on lines.system = stores.system and lines.source = stores.source and lines.store_id = stores.store_id
  where not lines._is_deleted

  union all

  select stores.store_key, stores.base_currency as currency, stores.system, stores.source, null as sku, members.member_key as product_key
  from ({{ special_members() }}) as members
  cross join stores
),

assumed as (
  select
    product_key, store_key, system, source, sku, {{ add_days('valid_from', -1) }} as valid_to, false as is_current, description, currency
  from known
  where is_first and valid_from > date '1900-01-01'

  union all

  select
    traded.product_key, traded.store_key, traded.system, traded.source, traded.sku, date '9999-12-31' as valid_to, true as is_current,
    products.description, traded.currency
  from traded
  left join known on traded.product_key = known.product_key and traded.store_key = known.store_key and known.is_first
  left join {{ ref('dim_product') }} as products on traded.product_key = products.product_key
  where known.product_key is null
)

select
  product_key, store_key, system, source, sku, valid_from, valid_to, is_current, description, list_price, currency, false as is_assumed
from known

union all

select
  product_key, store_key, system, source, sku, date '1900-01-01' as valid_from, valid_to, is_current,
  description, null as list_price, currency, true as is_assumed
from assumed
