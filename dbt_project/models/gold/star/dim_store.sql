-- one row per store: a store view of a shop, or a source that sells
with stores as (
  select * from {{ ref('int_stores') }}
),

countries as (
  select * from {{ ref('countries') }}
),

final as (
  select
    ---------- ids
    stores.store_key,
    stores.system,
    stores.source,
    stores.store_id,

    ---------- attributes
    stores.store_code,
    stores.store_name,
    stores.website_id,
    stores.country_code,
    countries.country_name,
    stores.time_zone,
    stores.currency,
    stores.base_currency,
    stores.is_listed,
    stores.is_described
  from stores
  left join countries on stores.country_code = countries.country_code
)

select * from final
