-- one row per customer and interval of days in which its group, country and subscription stayed the same, as far as an account tells
with accounts as (
  select * from {{ ref('int_customer_versions') }}
  where not _is_deleted
),

time_zones as (
  select system, source, min(time_zone) as time_zone
  from {{ ref('int_stores') }}
  group by system, source
),

dated as (
  select
    accounts.*,
    {{ local_date('accounts._version_at', 'time_zones.time_zone') }} as valid_from
  from accounts
  inner join time_zones on accounts.system = time_zones.system and accounts.source = time_zones.source
),

last_of_day as (
  select
    *,
    row_number() over (
      partition by system, source, customer_id, valid_from order by _version_at desc, _sequence desc, _position desc
    ) as nth
  from dated
),

compared as (
  select
    *,
    lag(valid_from) over same_customer as previous_from,
    lag(customer_group_id) over same_customer as previous_group,
    lag(country) over same_customer as previous_country,
    lag(is_subscribed) over same_customer as previous_subscription
  from last_of_day
  where nth = 1
  window same_customer as (partition by system, source, customer_id order by valid_from)
),

changes as (
  select
    *,
    lead(valid_from) over (partition by system, source, customer_id order by valid_from) as next_change
  from compared
  where
    previous_from is null
    or customer_group_id is distinct from previous_group
    or country is distinct from previous_country
    or is_subscribed is distinct from previous_subscription
),

known as (
  select
    {{ surrogate_key(['system', 'source', 'customer_id']) }} as customer_key, system, source, customer_id,
    valid_from, coalesce({{ add_days('next_change', -1) }}, date '9999-12-31') as valid_to, next_change is null as is_current,
    customer_group_id, country as country_code, is_subscribed, previous_from is null as is_first
  from changes
),

-- Who has no account, or bought before anybody looked at it, is found as well.
assumed as (
  select
    customer_key, system, source, customer_id, {{ add_days('valid_from', -1) }} as valid_to, false as is_current,
    customer_group_id, country_code, is_subscribed
  from known
  where is_first and valid_from > date '1900-01-01'

  union all

  select
    customers.customer_key, customers.system, customers.source, customers.customer_id, date '9999-12-31' as valid_to, true as is_current,
    customers.customer_group_id, customers.country_code, cast(null as boolean) as is_subscribed
  from {{ ref('dim_customer') }} as customers
  left join known on customers.customer_key = known.customer_key
  where known.customer_key is null
)

select
  customer_key, system, source, customer_id, valid_from, valid_to, is_current, customer_group_id, country_code, is_subscribed,
  false as is_assumed
from known

union all

select
  customer_key, system, source, customer_id, date '1900-01-01' as valid_from, valid_to, is_current, customer_group_id, country_code,
  is_subscribed, true as is_assumed
from assumed
