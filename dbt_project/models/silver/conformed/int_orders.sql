-- one row per order of a system that tells its course, its newest version that can be read, with when it was paid, shipped, delivered and given back
{{ config(materialized='table') }}

with order_versions as (
  select * from {{ ref('stg_magento__orders') }} where _errors is null
),

-- Also tells which versions can be read with all their items.
lines_of_versions as (
  select
    _sequence, _position,
    sum(case when line_type = 'product' then quantity - quantity_canceled end) as quantity_left,
    count(case when line_type = 'product' and coalesce(quantity_invoiced, 0) <> quantity - quantity_canceled then 1 end) as lines_to_invoice,
    count(case when line_type = 'product' and quantity_shipped <> quantity - quantity_canceled then 1 end) as lines_to_ship
  from {{ ref('int_magento__order_line_versions') }}
  group by _sequence, _position
),

ranked as (
  select
    order_versions.*,
    lines_of_versions.quantity_left > 0 and lines_of_versions.lines_to_invoice = 0 as is_all_invoiced,
    lines_of_versions.quantity_left > 0 and lines_of_versions.lines_to_ship = 0 as is_all_shipped,
    row_number() over (
      partition by order_versions._record_key
      order by
        coalesce(order_versions._record_at, order_versions._ingested_at) desc,
        order_versions._sequence desc, order_versions._position desc
    ) as nth
  from order_versions
  inner join lines_of_versions
    on order_versions._sequence = lines_of_versions._sequence and order_versions._position = lines_of_versions._position
),

payments as (
  select * from {{ ref('int_order_payments') }}
),

shipments as (
  select source, order_id, min(shipped_at) as shipped_at, max(shipped_at) as last_shipped_at
  from ({{ newest_versions(ref('stg_magento__shipment_items')) }}) as newest
  group by source, order_id
),

milestones as (
  select
    source, order_id,
    min(case when status in ('{{ var("delivered_statuses") | join("', '") }}') then happened_at end) as delivered_at,
    min(case when status = 'canceled' then happened_at end) as canceled_at
  from {{ ref('int_order_status_events') }}
  group by source, order_id
)

select
  {{ surrogate_key(["'magento'", 'orders.source', 'orders.order_id']) }} as order_key,
  'magento' as system,
  orders.source,
  orders.order_id,
  orders.order_number,
  orders.state,
  orders.status,
  orders.coupon_code,
  orders.customer_id is null as is_guest,
  orders.total_amount,
  orders.total_amount_base,
  {%- for part in ['payments.invoiced', 'payments.refunded', 'orders.canceled'] %}
  {%- for side in ['', '_base'] %}
  cast(coalesce({{ part }}_amount{{ side }}, 0) as {{ sql_type('decimal') }}) as {{ part.split('.')[1] }}_amount{{ side }},
  {%- endfor %}
  {%- endfor %}
  orders.ordered_at,
  payments.paid_at,
  case when orders.is_all_invoiced then payments.last_invoiced_at end as fully_paid_at,
  shipments.shipped_at,
  case when orders.is_all_shipped then shipments.last_shipped_at end as fully_shipped_at,
  milestones.delivered_at,
  payments.refunded_at,
  payments.fully_refunded_at,
  milestones.canceled_at,
  orders._record_at as updated_at
from ranked as orders
left join payments on orders.source = payments.source and orders.order_id = payments.order_id
left join shipments on orders.source = shipments.source and orders.order_id = shipments.order_id
left join milestones on orders.source = milestones.source and orders.order_id = milestones.order_id
where orders.nth = 1 and not orders._is_deleted
