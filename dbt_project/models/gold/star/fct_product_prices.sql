-- one row per product, store and interval of instants in which the catalogue had one price, and one before the first of them
with states as (
  select * from {{ ref('int_product_states') }}
),

-- Prices are a source's: they hold in each of its stores.
stores as (
  select * from {{ ref('int_stores') }}
),

compared as (
  select
    *,
    lag(list_price) over (partition by system, source, sku order by changed_at) as previous_price
  from states
),

-- The same price again goes on.
changes as (
  select
    *,
    lead(changed_at) over (partition by system, source, sku order by changed_at) as next_change
  from compared
  where list_price is distinct from previous_price
),

final as (
  select
    ---------- ids
    {{ surrogate_key(['changes.system', 'changes.sku']) }} as product_key,
    stores.store_key,
    changes.system,
    changes.source,
    changes.sku,

    ---------- interval, its end excluded
    changes.changed_at as valid_from,
    coalesce(changes.next_change, cast('9999-12-31 00:00:00' as {{ sql_type('utc') }})) as valid_to,
    changes.next_change is null as is_current,

    ---------- what held
    changes.list_price,
    stores.base_currency as currency,
    row_number() over (partition by stores.store_key, changes.sku order by changes.changed_at) = 1 as is_first
  from changes
  inner join stores on changes.system = stores.system and changes.source = stores.source
  where changes.list_price is not null
)

select product_key, store_key, system, source, sku, valid_from, valid_to, is_current, list_price, currency, false as is_assumed
from final

union all

select
  product_key, store_key, system, source, sku, cast('1900-01-01 00:00:00' as {{ sql_type('utc') }}) as valid_from, valid_from as valid_to,
  false as is_current, null as list_price, currency, true as is_assumed
from final
where is_first and valid_from > cast('1900-01-01 00:00:00' as {{ sql_type('utc') }})
