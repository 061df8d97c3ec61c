-- one row per product of a catalogue, as its newest version has it
{{ config(materialized='table') }}

with products as (
  {{ newest_versions(ref('stg_magento__products')) }}
),

links as (
  {{ newest_versions(ref('stg_magento__product_links')) }}
),

parents as (
  select
    products.source,
    links.child_product_id,
    min(upper(products.sku)) as parent_sku
  from products
  inner join links on products._record_key = links._record_key
  where links.child_product_id is not null
  group by products.source, links.child_product_id
)

select
  'magento' as system,
  products.source,
  products.product_id,
  upper(products.sku) as sku,
  products.product_name,
  products.product_type,
  parents.parent_sku,
  products.price,
  products.created_at,
  products._record_at as changed_at,
  products._sequence
from products
left join parents on products.source = parents.source and products.product_id = parents.child_product_id
