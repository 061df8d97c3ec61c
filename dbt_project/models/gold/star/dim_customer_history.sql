-- one row per customer with an account and interval of days in which its group, country and subscription stayed the same
with accounts as (
  select * from {{ ref('stg_magento__customers') }}
  where _errors is null and not _is_deleted
),

time_zones as (
  select source, min(time_zone) as time_zone
  from {{ ref('int_stores') }}
  where system = 'magento'
  group by source
),

dated as (
  select
    accounts.source,
    accounts.customer_id,
    {{ local_date('coalesce(accounts._record_at, accounts._ingested_at)', 'time_zones.time_zone') }} as valid_from,
    accounts.customer_group_id,
    accounts.country,
    accounts.is_subscribed,
    row_number() over (
      partition by
        accounts._record_key,
        {{ local_date('coalesce(accounts._record_at, accounts._ingested_at)', 'time_zones.time_zone') }}
      order by coalesce(accounts._record_at, accounts._ingested_at) desc, accounts._sequence desc, accounts._position desc
    ) as nth_of_day
  from accounts
  inner join time_zones on accounts.source = time_zones.source
),

compared as (
  select
    *,
    lag(valid_from) over same_customer as previous_from,
    lag(customer_group_id) over same_customer as previous_group,
    lag(country) over same_customer as previous_country,
    lag(is_subscribed) over same_customer as previous_subscription
  from dated
  where nth_of_day = 1
  window same_customer as (partition by source, customer_id order by valid_from)
),

changes as (
  select
    *,
    lead(valid_from) over (partition by source, customer_id order by valid_from) as next_change
  from compared
  where
    previous_from is null
    or customer_group_id is distinct from previous_group
    or country is distinct from previous_country
    or is_subscribed is distinct from previous_subscription
)

select
  ---------- ids
  {{ surrogate_key(["'magento'", 'source', 'customer_id']) }} as customer_key,
  'magento' as system,
  source,
  customer_id,

  ---------- interval, both days included
  valid_from,
  coalesce({{ add_days('next_change', -1) }}, date '9999-12-31') as valid_to,
  next_change is null as is_current,

  ---------- what held
  customer_group_id,
  country as country_code,
  is_subscribed
from changes
