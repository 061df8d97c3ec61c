-- one row per version of a customer with an account that silver could read
{{ config(materialized='view') }}

with codes as (
  select country_code from {{ ref('countries') }}
)

select
  customers._record_key,
  'magento' as system,
  customers.source,
  customers.customer_id,
  customers.customer_group_id,
  customers.store_id,
  codes.country_code as country,
  customers.is_subscribed,
  customers.registered_at,
  customers._is_deleted,
  coalesce(customers._record_at, customers._ingested_at) as _version_at,
  customers._sequence,
  customers._position
from {{ ref('stg_magento__customers') }} as customers
-- A code that is no country's is none.
left join codes on upper(customers.country) = codes.country_code
where customers._errors is null
