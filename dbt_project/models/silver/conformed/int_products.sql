-- one row per source with a catalogue and SKU that it ever listed, as the SKU's newest version has it
{{ config(materialized='table') }}

with versions as (
  select
    *,
    upper(sku) as code,
    -- A replay may land an older state later: a product's own time of change comes first.
    row_number() over (partition by source, upper(sku) order by _record_at desc, _sequence desc, _position desc) as nth
  from {{ ref('stg_magento__products') }}
  where _errors is null and not _is_deleted
),

newest as (
  {{ newest_versions(ref('stg_magento__products')) }}
),

links as (
  {{ newest_versions(ref('stg_magento__product_links')) }}
),

parents as (
  select
    newest.source,
    links.child_product_id,
    min(upper(newest.sku)) as parent_sku
  from newest
  inner join links on newest._record_key = links._record_key
  where links.child_product_id is not null
  group by newest.source, links.child_product_id
),

currencies as (
  select system, source, max(base_currency) as base_currency
  from {{ ref('int_stores') }}
  group by system, source
),

products as (
  select
    'magento' as system,
    versions.source,
    versions.code as sku,
    versions.product_id,
    versions.product_name,
    versions.product_type,
    parents.parent_sku,
    case when versions.price > 0 then versions.price end as list_price,
    currencies.base_currency as currency,
    newest._record_key is not null as is_listed,
    versions._record_at as changed_at,
    versions._sequence
  from versions
  left join newest on versions._sequence = newest._sequence and versions._position = newest._position
  left join parents on versions.source = parents.source and versions.product_id = parents.child_product_id
  left join currencies on currencies.system = 'magento' and versions.source = currencies.source
  where versions.nth = 1
)

select
  *,
  row_number() over (
    partition by system, sku order by is_listed desc, changed_at desc, source asc
  ) = 1 as is_leading
from products
