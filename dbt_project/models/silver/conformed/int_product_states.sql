-- one row per source with a catalogue, SKU and instant at which the source changed it: what it was called and cost from then on
{{ config(materialized='table') }}

with versions as (
  select
    *,
    upper(sku) as code,
    -- What does not move a product's time of change makes another version of the same instant.
    row_number() over (partition by _record_key, _record_at order by _sequence desc, _position desc) as nth
  from {{ ref('stg_magento__products') }}
  where _errors is null and not _is_deleted
),

followed as (
  select
    *,
    lead(code) over (partition by _record_key order by _record_at) as next_code,
    lead(_record_at) over (partition by _record_key order by _record_at) as next_at,
    lead(_sequence) over (partition by _record_key order by _record_at) as next_sequence
  from versions
  where nth = 1
),

events as (
  select
    source, code as sku, product_id, _record_at as changed_at, product_name, case when price > 0 then price end as list_price,
    true as is_listed, _sequence
  from followed

  union all

  -- A product that gets another SKU leaves the one it had.
  select
    source, code as sku, product_id, next_at as changed_at, null as product_name, null as list_price,
    false as is_listed, next_sequence as _sequence
  from followed
  where next_code <> code
),

ranked as (
  select
    *,
    row_number() over (partition by source, sku, changed_at order by is_listed desc, _sequence desc, product_id asc) as nth
  from events
)

select
  'magento' as system,
  source,
  sku,
  changed_at,
  product_name,
  list_price,
  is_listed,
  _sequence
from ranked
where nth = 1
