-- one row per store: a store view by its shop's own settings, a source by the seed, or what neither describes and records name
-- What the seed says counts before what a shop says of itself.
with described as (
  select * from {{ ref('stores') }}
),

config_versions as (
  select
    *,
    row_number() over (partition by _record_key order by _sequence desc, _position desc) as nth,
    row_number() over (partition by _record_key, _is_deleted order by _sequence desc, _position desc) as nth_alike
  from {{ ref('stg_magento__store_configs') }}
  where _errors is null
),

-- A store view that its shop has deleted keeps its last settings: orders of it are there, and have their day and amount.
configs as (
  select
    'magento' as system, source, store_id, store_code, website_id, {{ known_zone('time_zone') }} as time_zone, currency, base_currency,
    nth = 1 as is_listed
  from config_versions
  where nth_alike = 1 and not _is_deleted
),

known as (
  select
    configs.system, configs.source, configs.store_id, configs.store_code,
    coalesce(described.store_name, configs.source || ' ' || configs.store_code) as store_name,
    configs.website_id,
    described.country_code,
    coalesce(described.time_zone, configs.time_zone) as time_zone,
    coalesce(described.currency, configs.currency) as currency,
    coalesce(described.base_currency, configs.base_currency) as base_currency,
    configs.is_listed
  from configs
  left join described
    on configs.system = described.system and configs.source = described.source and configs.store_id = described.store_id

  union all

  select
    described.system, described.source, described.store_id, described.store_id as store_code,
    described.store_name,
    null as website_id,
    described.country_code, described.time_zone, described.currency, described.base_currency,
    true as is_listed
  from described
  left join configs
    on described.system = configs.system and described.source = configs.source and described.store_id = configs.store_id
  -- A shop that is only named here has to tell the rest itself, once it is pulled.
  where configs.store_id is null and described.time_zone is not null
),

sources as (
  select system, source, min(time_zone) as time_zone from known
  group by system, source
),

-- Where no store of a source is known, and its records name none, it is one store.
unknown as (
  select named.system, named.source, coalesce(named.store_id, 'unknown') as store_id, named.currency, named.base_currency
  from {{ ref('int_named_stores') }} as named
  left join known on named.system = known.system and named.source = known.source and named.store_id = known.store_id
  left join sources on named.system = sources.system and named.source = sources.source
  where known.store_id is null and (named.store_id is not null or sources.source is null)
),

stores as (
  select *, time_zone is not null as is_described from known

  union all

  select
    unknown.system, unknown.source, unknown.store_id, null as store_code,
    coalesce(described.store_name, unknown.source || ' ' || unknown.store_id) as store_name,
    null as website_id, described.country_code, null as time_zone,
    -- ISO 4217's code where there is no currency: it has no rate, so nothing is guessed.
    coalesce(unknown.currency, 'XXX') as currency, coalesce(unknown.base_currency, 'XXX') as base_currency,
    false as is_listed, false as is_described
  from unknown
  left join described
    on unknown.system = described.system and unknown.source = described.source and unknown.store_id = described.store_id
)

select
  {{ surrogate_key(['stores.system', 'stores.source', 'stores.store_id']) }} as store_key,
  stores.system,
  stores.source,
  stores.store_id,
  stores.store_code,
  stores.store_name,
  stores.website_id,
  stores.country_code,
  coalesce(stores.time_zone, sources.time_zone, 'UTC') as time_zone,
  stores.currency,
  stores.base_currency,
  stores.is_listed,
  stores.is_described
from stores
left join sources on stores.system = sources.system and stores.source = sources.source
