-- one row per store: a source that sells
with stores as (
  select * from {{ ref('stores') }}
),

countries as (
  select * from {{ ref('countries') }}
),

final as (
  select
    ---------- ids
    {{ surrogate_key(['stores.system', 'stores.source']) }} as store_key,
    stores.system,
    stores.source,

    ---------- attributes
    stores.store_name,
    stores.country_code,
    countries.country_name,
    stores.time_zone,
    stores.currency,
    stores.base_currency
  from stores
  left join countries on stores.country_code = countries.country_code
)

select * from final
