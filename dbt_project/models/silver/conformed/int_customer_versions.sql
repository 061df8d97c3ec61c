-- one row per version of a customer with an account that silver could read
{{ config(materialized='view') }}

select
  _record_key,
  'magento' as system,
  source,
  customer_id,
  customer_group_id,
  store_id,
  country,
  is_subscribed,
  registered_at,
  _is_deleted,
  coalesce(_record_at, _ingested_at) as _version_at,
  _sequence,
  _position
from {{ ref('stg_magento__customers') }}
where _errors is null
