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
    order_lines.system,
    order_lines.sku,
    order_lines.stock_code,
    min(case when {{ is_priced_sale('order_lines') }} then order_lines.order_date end) as first_sold_date,
    max(case when {{ is_priced_sale('order_lines') }} then order_lines.order_date end) as last_sold_date
  from order_lines
  inner join line_type_rules on order_lines.line_type = line_type_rules.line_type
  group by order_lines.system, order_lines.sku, order_lines.stock_code
),

sold as (
  select
    system,
    sku,
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
    system,
    sku,
    max_by(description, row(order_date, source)) filter (where description is not null) as description,
    max_by(list_price, row(order_date, source)) as list_price,
    max_by(currency, row(order_date, source)) as currency
  from product_days
  group by system, sku
),

products as (
  select system, sku from sold
  union
  select system, sku from listed
  union
  select coalesce(catalogues.catalogue, stock.system) as system, stock.sku
  from stock
  left join catalogues on stock.system = catalogues.system and stock.source = catalogues.source
),

final as (
  select
    {{ surrogate_key(['products.system', 'products.sku']) }} as product_key,
    products.system,
    products.sku,
    coalesce(listed.product_name, priced.description) as description,
    listed.product_type,
    listed.parent_sku,
    coalesce(listed.list_price, priced.list_price) as list_price,
    case when listed.list_price is not null then listed.currency else priced.currency end as currency,
    sold.first_sold_date,
    sold.last_sold_date,
    coalesce(sold.stock_code_spellings, 0) as stock_code_spellings
  from products
  left join sold on products.system = sold.system and products.sku = sold.sku
  left join listed on products.system = listed.system and products.sku = listed.sku
  left join priced on products.system = priced.system and products.sku = priced.sku

  union all

  select
    member_key as product_key,
    null as system,
    null as sku,
    label as description,
    null as product_type,
    null as parent_sku,
    null as list_price,
    null as currency,
    null as first_sold_date,
    null as last_sold_date,
    null as stock_code_spellings
  from ({{ special_members() }}) as specials
)

select * from final
