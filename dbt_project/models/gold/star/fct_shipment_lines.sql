-- one row per sold line in a shipment
with shipment_items as (
  select * from {{ ref('int_shipment_items') }}
),

-- A shipment lists parents and children alike: what was sold is what the order's lines say.
order_lines as (
  select * from {{ ref('fct_order_lines') }}
),

stores as (
  select * from {{ ref('dim_store') }}
)

select
  {{ surrogate_key(['shipment_items.system', 'shipment_items.source', 'shipment_items.shipment_item_id']) }} as shipment_line_key,
  shipment_items.order_line_key,
  order_lines.order_key,
  order_lines.system,
  order_lines.source,
  shipment_items.shipment_id,
  order_lines.order_id,
  order_lines.order_line_id,
  {{ local_date('shipment_items.shipped_at', 'stores.time_zone') }} as ship_date,
  shipment_items.shipped_at,
  order_lines.store_key,
  order_lines.product_key,
  order_lines.customer_key,
  order_lines.sku,
  shipment_items.quantity
from shipment_items
inner join order_lines on shipment_items.order_line_key = order_lines.order_line_key
inner join stores on order_lines.store_key = stores.store_key
