-- one row per version of a stock record that silver could read, of every system, under the project's words
{{ config(materialized='view') }}

with source_items as (
  select * from {{ ref('stg_magento__source_items') }}
  where _errors is null
),

feed_items as (
  select * from {{ ref('stg_stock_feed__items') }}
  where _errors is null
),

stock as (
  select
    _record_key, 'magento' as system, source, source_code as location, sku, quantity, _is_deleted, _sequence, _position
  from source_items

  union all

  -- A feed that names no place speaks of one: itself.
  select
    _record_key, 'stock_feed' as system, source, coalesce(location, source) as location, coalesce(sku, google_id) as sku,
    coalesce(quantity, google_quantity) as quantity, _is_deleted, _sequence, _position
  from feed_items
)

select
  _record_key,
  system,
  source,
  location,
  upper(sku) as sku,
  quantity,
  -- An item that tells no quantity is none of stock, and ends the version before it as a delete does.
  not _is_deleted and sku is not null and quantity is not null as is_listed,
  _sequence,
  _position
from stock
