-- one row per version of an order and line of it, a sold item or the shipping; one without a line where it has none
-- A configurable product's item comes as two: the parent has the money, the child the product. A bundle of fixed price
-- has its money at the parent; one of dynamic price at its children, and its parent repeats their sum.
{{ config(materialized='incremental', incremental_strategy='append') }}

with items as (
  select
    *,
    coalesce(parent_item_id, item_id) as family_id,
    parent_item_id is not null as is_child
  from {{ ref('stg_magento__order_items') }}
  {% if is_incremental() %}
  where _sequence > (select coalesce(max(this._sequence), 0) from {{ this }} as this)
  {% endif %}
),

orders as (
  select *
  from {{ ref('stg_magento__orders') }}
  {% if is_incremental() %}
  where _sequence > (select coalesce(max(this._sequence), 0) from {{ this }} as this)
  {% endif %}
),

-- Half an order is none: where its head or one item cannot be read, the version before it stands.
refused as (
  select _sequence, _position from items where _errors is not null
  union
  select _sequence, _position from orders where _errors is not null
),

families as (
  select
    *,
    max(case when not is_child then product_type end) over family as parent_type,
    max(case when not is_child then product_id end) over family as parent_id,
    max(case when is_child then sku end) over family as child_sku,
    max(case when is_child then product_type end) over family as child_type,
    coalesce(max(case when is_child then abs(gross_amount) end) over family, 0) > 0 as have_children_money
  from items
  window family as (partition by _sequence, _position, family_id)
),

sold as (
  select
    *,
    case when is_child or (child_sku is not null and parent_type <> 'bundle') then parent_id end as parent_product_id,
    -- Of what is no thing nothing is shipped; a configurable product is what its child is.
    coalesce(case when parent_type <> 'bundle' then child_type end, product_type) in ('virtual', 'downloadable') as is_no_thing
  from families
  where is_child = coalesce(parent_type = 'bundle' and have_children_money, false)
),

{% set amounts = stated_columns() -%}
{% set order = 'order_id, store_id, customer_id, _subject_key, ship_country, bill_country, ordered_at, currency, base_currency, fx_rate_stated' -%}
{% set header = envelope() ~ ', ' ~ order -%}
{% set unknown = 'cast(null as ' ~ sql_type('decimal') ~ ')' -%}
lines as (
  select
    {{ header }},
    -- An order without items is one all the same: a line without units and money says so.
    coalesce(item_id, case when not _is_deleted then 'no_items' end) as order_line_id,
    case when item_id is null then 'no_items' else 'product' end as line_type,
    case when item_id is null then 'no_items' when parent_product_id is not null and not is_child then child_sku else sku end as sku,
    product_name as description, parent_product_id,
    coalesce(quantity, 0) as quantity, quantity_invoiced, case when not coalesce(is_no_thing, false) then coalesce(quantity_shipped, 0) end as quantity_shipped,
    -- A canceled order is canceled as a whole: some ways to cancel one leave its items as they were.
    case when state = 'canceled' then quantity else quantity_canceled end as quantity_canceled,
    case when item_id is null then 0 else unit_price end as unit_price,
    {{ amounts | join(', ') }}
  from sold

  union all

  select
    {{ header }},
    'shipping' as order_line_id, 'postage' as line_type, 'shipping' as sku,
    cast(null as varchar) as description, cast(null as varchar) as parent_product_id, cast(1 as {{ sql_type('decimal') }}) as quantity,
    {{ unknown }} as quantity_invoiced, {{ unknown }} as quantity_shipped,
    case when state = 'canceled' then 1 else {{ divide('shipping_canceled_amount', 'shipping_amount') }} end as quantity_canceled,
    shipping_amount as unit_price,
    shipping_amount, shipping_amount_base, shipping_discount_amount, shipping_discount_amount_base,
    shipping_discount_tax_amount, shipping_discount_tax_amount_base, shipping_tax_amount, shipping_tax_amount_base,
    {{ unknown }} as levy_amount, {{ unknown }} as levy_amount_base
  from orders
  where not _is_deleted and shipping_amount <> 0
)

select
  lines._record_key, 'magento' as system, lines.source, 'orders' as entity,
  lines.store_id, lines.order_id, lines.order_line_id,
  case
    when lines.order_line_id is not null then {{ surrogate_key(["'magento'", 'lines.source', 'lines.order_id', 'lines.order_line_id']) }}
  end as order_line_key,
  false as is_return, cast(null as varchar) as returned_order_id, cast(null as varchar) as returned_order_line_id,
  lines.line_type, upper(lines.sku) as sku, lines.sku as stock_code,
  lines.parent_product_id, lines.description,
  -- A guest is told from others by the keyed hash of the mail address.
  coalesce(lines.customer_id, 'guest-' || lines._subject_key) as customer_id,
  cast(null as varchar) as ship_country_name, coalesce(lines.ship_country, lines.bill_country) as ship_country,
  lines.ordered_at as clock_time, true as is_utc,
  lines.currency, lines.base_currency as base_currency_stated, lines.fx_rate_stated,
  lines.quantity, lines.quantity_invoiced, lines.quantity_shipped,
  cast(coalesce(lines.quantity_canceled, 0) as {{ sql_type('decimal') }}) as quantity_canceled,
  lines.unit_price,
  {{ stated_amounts('lines') }},
  lines._is_deleted, coalesce(lines._record_at, lines._ingested_at) as _version_at, lines._sequence, lines._position
from lines
left join refused on lines._sequence = refused._sequence and lines._position = refused._position
where refused._sequence is null
