-- one row per store: a store view of a shop that tells its own settings, or a source that the seed describes
-- What the seed says counts before what a shop says of itself.
with described as (
  select * from {{ ref('stores') }}
),

config_versions as (
  select
    *,
    row_number() over (partition by _record_key order by _sequence desc, _position desc) as nth
  from {{ ref('stg_magento__store_configs') }}
  where _errors is null
),

configs as (
  select 'magento' as system, source, store_id, store_code, website_id, time_zone, currency, base_currency
  from config_versions
  where nth = 1 and not _is_deleted
),

stores as (
  select
    configs.system,
    configs.source,
    configs.store_id,
    configs.store_code,
    coalesce(described.store_name, configs.source || ' ' || configs.store_code) as store_name,
    configs.website_id,
    described.country_code,
    coalesce(described.time_zone, configs.time_zone) as time_zone,
    coalesce(described.currency, configs.currency) as currency,
    coalesce(described.base_currency, configs.base_currency) as base_currency
  from configs
  left join described
    on configs.system = described.system and configs.source = described.source and configs.store_id = described.store_id

  union all

  select
    described.system,
    described.source,
    described.store_id,
    described.store_id as store_code,
    described.store_name,
    null as website_id,
    described.country_code,
    described.time_zone,
    described.currency,
    described.base_currency
  from described
  left join configs
    on described.system = configs.system and described.source = configs.source and described.store_id = configs.store_id
  -- A shop that is only named here has to tell the rest itself, once it is pulled.
  where configs.store_id is null and described.time_zone is not null
)

select
  {{ surrogate_key(['system', 'source', 'store_id']) }} as store_key,
  system,
  source,
  store_id,
  store_code,
  store_name,
  website_id,
  country_code,
  time_zone,
  currency,
  base_currency
from stores
