-- one row per customer of a shop, with an account, as a guest or by number alone, and one per special key
with order_lines as (
  -- An order of which every line was canceled is none.
  select *, not is_return and (quantity_canceled = 0 or quantity_canceled < quantity) as is_order
  from {{ ref('int_order_lines') }}
  where not _is_deleted and customer_id is not null
),

account_versions as (
  select
    *,
    row_number() over (partition by _record_key order by _version_at desc, _sequence desc, _position desc) as nth
  from {{ ref('int_customer_versions') }}
),

accounts as (
  select * from account_versions
  where nth = 1 and not _is_deleted
),

-- grouped by country first: far fewer rows are left to find the latest among
countries_of_customers as (
  select
    system,
    source,
    customer_id,
    ship_country,
    max(ordered_at) as last_ordered_at,
    min(case when is_order then order_date end) as first_order_date,
    max(case when is_order then order_date end) as last_order_date
  from order_lines
  group by system, source, customer_id, ship_country
),

buyers as (
  select
    system,
    source,
    customer_id,
    max_by(ship_country, row(last_ordered_at, ship_country)) filter (where ship_country is not null) as country_code,
    min(first_order_date) as first_order_date,
    max(last_order_date) as last_order_date
  from countries_of_customers
  group by system, source, customer_id
),

-- Named once each: Athena reads all that stands behind a name each time.
known as (
  select
    coalesce(buyers.system, accounts.system) as system,
    coalesce(buyers.source, accounts.source) as source,
    coalesce(buyers.customer_id, accounts.customer_id) as customer_id,
    accounts.customer_id is not null as has_account,
    accounts.customer_group_id,
    accounts.registered_at,
    coalesce(buyers.country_code, accounts.country) as country_code,
    buyers.first_order_date,
    buyers.last_order_date
  from buyers
  full outer join accounts
    on buyers.system = accounts.system and buyers.source = accounts.source and buyers.customer_id = accounts.customer_id
),

final as (
  select
    {{ surrogate_key(['system', 'source', 'customer_id']) }} as customer_key,
    system,
    source,
    customer_id,
    customer_id as customer_label,
    case when has_account then false when customer_id like 'guest-%' then true end as is_guest,
    customer_group_id,
    registered_at,
    country_code,
    first_order_date,
    last_order_date
  from known

  union all

  select
    member_key as customer_key,
    null as system,
    null as source,
    null as customer_id,
    label as customer_label,
    null as is_guest,
    null as customer_group_id,
    null as registered_at,
    null as country_code,
    null as first_order_date,
    null as last_order_date
  from ({{ special_members() }}) as specials
)

select * from final
