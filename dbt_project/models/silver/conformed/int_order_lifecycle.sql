-- one row per order of a system that tells its course, its newest version that can be read, with when it was paid, shipped, delivered and given back
{{ config(**merge_on_duckdb('order_key')) }}

{% set stages = {
  '_sequence': ref('stg_magento__orders'), '_event_sequence': ref('stg_magento__order_status_events'),
  '_invoice_sequence': ref('stg_magento__invoices'), '_memo_sequence': ref('stg_magento__credit_memos'),
  '_shipment_sequence': ref('stg_magento__shipment_items'),
} -%}
{% set of_orders = 'touched' if is_incremental() else none -%}

with settings as (
  {{ fingerprint([], settings=var('delivered_statuses')) }}
),

{% if is_incremental() %}
touched as (
  {{ orders_with_new_versions(stages, 'settings') }}
),

{% endif %}
order_versions as (
  select
    *,
    -- A version that deletes names no order: those before it do.
    max(order_id) over (partition by _record_key) as known_order_id
  from {{ stages._sequence }}
  where
    _errors is null
  {%- if is_incremental() %}
    and _record_key in ({{ records_of_orders(stages._sequence, of_orders) }})
  {%- endif %}
),

-- Also tells which versions can be read with all their items.
lines_of_versions as (
  select
    lines._sequence, lines._position,
    sum(case when lines.line_type = 'product' then lines.quantity - lines.quantity_canceled end) as quantity_left,
    count(
      case when lines.line_type = 'product' and coalesce(lines.quantity_invoiced, 0) <> lines.quantity - lines.quantity_canceled then 1 end
    ) as lines_to_invoice,
    count(case when lines.line_type = 'product' and lines.quantity_shipped <> lines.quantity - lines.quantity_canceled then 1 end) as lines_to_ship
  from {{ ref('int_magento__order_line_versions') }} as lines
  {%- if is_incremental() %}
  inner join order_versions on lines._sequence = order_versions._sequence and lines._position = order_versions._position
  {%- endif %}
  group by lines._sequence, lines._position
),

ranked as (
  select
    order_versions.*,
    lines_of_versions.quantity_left > 0 and lines_of_versions.lines_to_invoice = 0 as is_all_invoiced,
    lines_of_versions.quantity_left > 0 and lines_of_versions.lines_to_ship = 0 as is_all_shipped,
    row_number() over (
      partition by order_versions._record_key
      order by coalesce(order_versions._record_at, order_versions._ingested_at) desc, order_versions._sequence desc, order_versions._position desc
    ) as nth
  from order_versions
  inner join lines_of_versions
    on order_versions._sequence = lines_of_versions._sequence and order_versions._position = lines_of_versions._position
),

payments as (
  {{ order_payments(stages._invoice_sequence, stages._memo_sequence, of_orders) }}
),

shipped as (
  select source, order_id, min(shipped_at) as shipped_at, max(shipped_at) as last_shipped_at, max(_sequence) as _shipment_sequence
  from ({{ newest_versions(stages._shipment_sequence, of_orders) }}) as newest
  group by source, order_id
),

milestones as (
  {{ order_milestones(ref('int_order_status_event_versions'), of_orders) }}
)

select
  {{ surrogate_key(["'magento'", 'orders.source', 'orders.known_order_id']) }} as order_key,
  'magento' as system,
  orders.known_order_id as order_id,
  orders.customer_id is null as is_guest,
  {%- for column in ['source', 'order_number', 'state', 'status', 'coupon_code', 'ordered_at', '_is_deleted'] %}
  orders.{{ column }},
  {%- endfor %}
  {%- for side in ['', '_base'] %}
  orders.total_amount{{ side }} as stated_total_amount{{ side }},
  {{ prepaid_amount('orders', ['gift_cards', 'customer_balance', 'reward_currency'], side) }} as prepaid_amount{{ side }},
  {%- endfor %}
  {%- for part in ['payments.invoiced', 'payments.refunded', 'orders.canceled'] %}{% for side in ['', '_base'] %}
  cast(coalesce({{ part }}_amount{{ side }}, 0) as {{ sql_type('decimal') }}) as {{ part.split('.')[1] }}_amount{{ side }},
  {%- endfor %}{% endfor %}
  payments.paid_at,
  case when orders.is_all_invoiced then payments.fully_paid_at end as fully_paid_at,
  shipped.shipped_at,
  case when orders.is_all_shipped then shipped.last_shipped_at end as fully_shipped_at,
  milestones.delivered_at,
  case when orders.state = 'canceled' then milestones.canceled_at end as canceled_at,
  payments.refunded_at, payments.fully_refunded_at,
  orders._record_at as updated_at,
  orders._sequence,
  milestones._event_sequence, payments._invoice_sequence, payments._memo_sequence, shipped._shipment_sequence,
  settings.fingerprint as _lookups
from ranked as orders
cross join settings
left join payments on orders.source = payments.source and orders.known_order_id = payments.order_id
left join shipped on orders.source = shipped.source and orders.known_order_id = shipped.order_id
left join milestones on orders.source = milestones.source and orders.known_order_id = milestones.order_id
-- What is gone passes through the merge, and is nothing to begin with.
where orders.nth = 1 and ({{ is_incremental() }} or not orders._is_deleted)
