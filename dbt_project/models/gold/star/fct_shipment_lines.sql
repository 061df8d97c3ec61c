-- one row per sold line in a shipment
{{ config(**merge_on_duckdb('shipment_line_key')) }}

{% set versions = ref('int_shipment_item_versions') -%}
{% set orders = 'touched' if is_incremental() else none -%}
{% set columns = [
  'order_line_key', 'order_key', 'system', 'source', 'shipment_id', 'order_id', 'order_line_id', 'ship_date', 'shipped_at',
  'store_key', 'product_key', 'customer_key', 'sku', 'quantity', '_sequence', '_line_sequence', '_lookups',
] -%}

-- A shipment lists parents and children alike: what was sold is what the order's lines say.
with order_lines as (
  select * from {{ ref('fct_order_lines') }}
),

stores as (
  select * from {{ ref('int_stores') }}
),

{% if is_incremental() %}
seen as (
  select
    coalesce(max(_sequence), 0) as sequence,
    coalesce(max(_line_sequence), 0) as line_sequence,
    case when min(_lookups) = max(_lookups) then max(_lookups) end as lookups
  from {{ this }}
),

-- Orders of which shipments came, or lines did, were made with other seeds, or went. Lines may come after their shipment.
touched as (
  {{ orders_changed_since(versions, 'seen', 'sequence') }}

  union

  select lines.source, lines.order_id
  from {{ ref('fct_order_lines') }} as lines
  cross join seen
  where
    (lines._sequence > seen.line_sequence or lines._lookups is distinct from seen.lookups)
    and lines.system in (select shipped.system from {{ versions }} as shipped)

  union

  select this.source, this.order_id
  from {{ this }} as this
  left join {{ ref('fct_order_lines') }} as lines on this.order_line_key = lines.order_line_key
  where lines.order_line_key is null
),

{% endif %}
shipment_items as (
  select
    *,
    {{ surrogate_key(['system', 'source', 'shipment_item_id']) }} as shipment_line_key
  from ({{ newest_versions(versions, orders) }}) as newest
  where shipment_item_id is not null
),

made as (
  select
    shipment_items.shipment_line_key,
    order_lines.order_line_key,
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
    shipment_items.quantity,
    shipment_items._sequence,
    order_lines._sequence as _line_sequence,
    order_lines._lookups
  from shipment_items
  inner join order_lines
    on
      shipment_items.system = order_lines.system and shipment_items.source = order_lines.source
      and shipment_items.order_id = order_lines.order_id and shipment_items.order_line_id = order_lines.order_line_id
  inner join stores on order_lines.store_key = stores.store_key
)

select
  shipment_line_key,
  {%- for column in columns %}
  {{ column }},
  {%- endfor %}
  false as _is_deleted
from made
{% if is_incremental() %}

union all

select
  this.shipment_line_key,
  {%- for column in columns %}
  this.{{ column }},
  {%- endfor %}
  true as _is_deleted
from {{ this }} as this
inner join touched on this.source = touched.source and this.order_id = touched.order_id
left join made on this.shipment_line_key = made.shipment_line_key
where made.shipment_line_key is null
{% endif %}
