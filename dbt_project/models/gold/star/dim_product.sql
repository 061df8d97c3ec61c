-- one row per product that a catalogue lists or that any line or stock was about, as it is today, and one per special key
with order_lines as (
  select * from {{ ref('int_order_lines') }}
  where not _is_deleted
),

product_days as (
  select * from {{ ref('int_product_days') }}
),

stock as (
  select * from {{ ref('int_stock_versions') }}
  where is_listed
),

catalogues as (
  select * from {{ ref('catalogues') }}
),

line_type_rules as (
  select * from {{ ref('line_type_rules') }}
  where has_product
),

spellings as (
  select
    order_lines.system, order_lines.sku, order_lines.stock_code,
    min(case when {{ is_priced_sale('order_lines') }} then order_lines.order_date end) as first_sold_date,
    max(case when {{ is_priced_sale('order_lines') }} then order_lines.order_date end) as last_sold_date
  from order_lines
  inner join line_type_rules on order_lines.line_type = line_type_rules.line_type
  group by order_lines.system, order_lines.sku, order_lines.stock_code
),

sold as (
  select
    system, sku,
    min(first_sold_date) as first_sold_date,
    max(last_sold_date) as last_sold_date,
    cast(count(*) as integer) as stock_code_spellings
  from spellings
  group by system, sku
),

listed as (
  select * from {{ ref('int_products') }}
  where is_leading
),

priced as (
  select
    system, sku,
    max_by(description, row(order_date, source)) filter (where description is not null) as description,
    max_by(list_price, row(order_date, source)) as list_price,
    max_by(currency, row(order_date, source)) as currency
  from product_days
  group by system, sku
),

stocked as (
  select distinct coalesce(catalogues.catalogue, stock.system) as system, stock.sku
  from stock
  left join catalogues on stock.system = catalogues.system and stock.source = catalogues.source
),

-- Named once each: Athena reads all that stands behind a name each time.
known as (
  select
    coalesce(sold.system, listed.system) as system, coalesce(sold.sku, listed.sku) as sku,
    listed.product_name, listed.product_type, listed.parent_sku, listed.list_price, listed.currency,
    sold.first_sold_date, sold.last_sold_date, sold.stock_code_spellings
  from sold
  full outer join listed on sold.system = listed.system and sold.sku = listed.sku
),

products as (
  select
    known.*,
    coalesce(known.system, stocked.system) as product_system, coalesce(known.sku, stocked.sku) as product_sku
  from known
  full outer join stocked on known.system = stocked.system and known.sku = stocked.sku
),

final as (
  select
    {{ surrogate_key(['products.product_system', 'products.product_sku']) }} as product_key,
    products.product_system as system,
    products.product_sku as sku,
    coalesce(products.product_name, priced.description) as description,
    products.product_type, products.parent_sku,
    coalesce(products.list_price, priced.list_price) as list_price,
    case when products.list_price is not null then products.currency else priced.currency end as currency,
    products.first_sold_date, products.last_sold_date,
    coalesce(products.stock_code_spellings, 0) as stock_code_spellings
  from products
  left join priced on products.product_system = priced.system and products.product_sku = priced.sku

  union all

  select
    member_key as product_key,
    null as system,
    null as sku,
    label as description,
    null as product_type, null as parent_sku, null as list_price, null as currency,
    null as first_sold_date, null as last_sold_date, null as stock_code_spellings
  from ({{ special_members() }}) as specials
)

select * from final
