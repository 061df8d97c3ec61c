-- one row per order or return line of every system, its newest version; what is gone stays, marked, for gold to remove
{{ config(
  materialized='incremental', incremental_strategy='merge', unique_key='order_line_key', partitioned_by=partitions(['system', 'is_return'])
) }}

-- depends_on: {{ ref('pulls') }}
{% set versions = ref('int_order_line_versions') -%}
{% set news = new_pulls(line_lookups(), by=['system', 'entity'], reaching='int_order_line_versions') if is_incremental() -%}
with lookups as (
  {{ line_lookups() }}
),

newest as (
  {{ newest_lines(versions, news) }}
)

{% set kept = [
  'order_line_key', 'system', 'source', 'entity', 'store_id', 'order_id', 'order_line_id', 'is_return', 'returned_order_id',
  'returned_order_line_id', 'line_type', 'sku', 'stock_code', 'parent_product_id', 'description', 'customer_id',
  'ship_country_name', 'ship_country', 'currency', 'base_currency_stated', 'fx_rate_stated', 'quantity', 'quantity_canceled',
  'unit_price', 'gross_amount', 'discount_amount', 'net_amount', 'tax_amount', 'gross_amount_base_stated',
  'discount_amount_base_stated', 'net_amount_base_stated', 'tax_amount_base_stated', 'ordered_at', 'order_date',
] -%}
select
  {%- for column in kept %}
  newest.{{ 'known_order_id as order_id' if column == 'order_id' else column }},
  {%- endfor %}
  newest._is_deleted or newest.has_vanished as _is_deleted,
  coalesce(newest.newest_sequence, newest._sequence) as _sequence,
  coalesce(newest.newest_position, newest._position) as _position,
  lookups.fingerprint as _lookups
from newest
cross join lookups
