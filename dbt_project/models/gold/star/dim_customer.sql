-- one row per customer of a store, and one per special key
with order_lines as (
  select * from {{ ref('int_order_lines') }}
  where not _is_deleted and customer_id is not null
),

-- grouped by country first: far fewer rows are left to find the latest among
countries_of_customers as (
  select
    system,
    source,
    customer_id,
    ship_country,
    max(ordered_at) as last_ordered_at,
    min(case when not is_return then order_date end) as first_order_date,
    max(case when not is_return then order_date end) as last_order_date
  from order_lines
  group by system, source, customer_id, ship_country
),

customers as (
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

final as (
  select
    {{ surrogate_key(['system', 'source', 'customer_id']) }} as customer_key,
    system,
    source,
    customer_id,
    customer_id as customer_label,
    country_code,
    first_order_date,
    last_order_date
  from customers

  union all

  select
    member_key as customer_key,
    null as system,
    null as source,
    null as customer_id,
    label as customer_label,
    null as country_code,
    null as first_order_date,
    null as last_order_date
  from ({{ special_members() }}) as specials
)

select * from final
