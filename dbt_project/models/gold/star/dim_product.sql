-- one row per product that any line was about, as it is today, and one per special key
with order_lines as (
  select * from {{ ref('int_order_lines') }}
  where not _is_deleted
),

product_days as (
  select * from {{ ref('int_product_days') }}
),

line_type_rules as (
  select * from {{ ref('line_type_rules') }}
  where has_product
),

spellings as (
  select
    order_lines.system,
    order_lines.sku,
    order_lines.stock_code
  from order_lines
  inner join line_type_rules on order_lines.line_type = line_type_rules.line_type
  group by order_lines.system, order_lines.sku, order_lines.stock_code
),

products as (
  select
    system,
    sku,
    cast(count(*) as integer) as stock_code_spellings
  from spellings
  group by system, sku
),

priced as (
  select
    system,
    sku,
    max_by(description, row(order_date, source)) filter (where description is not null) as description,
    max_by(list_price, row(order_date, source)) as list_price,
    max_by(currency, row(order_date, source)) as currency,
    min(order_date) as first_sold_date,
    max(order_date) as last_sold_date
  from product_days
  group by system, sku
),

final as (
  select
    {{ surrogate_key(['products.system', 'products.sku']) }} as product_key,
    products.system,
    products.sku,
    priced.description,
    priced.list_price,
    priced.currency,
    priced.first_sold_date,
    priced.last_sold_date,
    products.stock_code_spellings
  from products
  left join priced on products.system = priced.system and products.sku = priced.sku

  union all

  select
    member_key as product_key,
    null as system,
    null as sku,
    label as description,
    null as list_price,
    null as currency,
    null as first_sold_date,
    null as last_sold_date,
    null as stock_code_spellings
  from ({{ special_members() }}) as specials
)

select * from final
