-- one row per location of a source of stock: where it is, and whether this source speaks for it
with stock as (
  select distinct system, source, location from {{ ref('int_stock_versions') }}
  where is_listed
),

described as (
  select * from {{ ref('locations') }}
)

select
  {{ surrogate_key(['stock.system', 'stock.source', 'stock.location']) }} as location_key,
  stock.system,
  stock.source,
  stock.location,
  coalesce(described.location_name, stock.location) as location_name,
  coalesce(described.place, stock.system || '/' || stock.source || '/' || stock.location) as place,
  coalesce(described.is_counted, true) as is_counted
from stock
left join described
  on stock.system = described.system and stock.source = described.source and stock.location = described.location
