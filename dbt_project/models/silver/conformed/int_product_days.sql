-- one row per system, source, product and day on which it was sold: what it was called and what it cost
{{ config(**merge_with_tombstones(['system', 'source', 'sku', 'order_date'])) }}

with lines as (
  select * from {{ ref('int_order_lines') }}
),

versions as (
  select * from {{ ref('int_order_line_versions') }}
),

{% if is_incremental() %}
lookups as (
  {{ line_lookups() }}
),

watermarks as (
  select this.system, {{ watermark('lookups.fingerprint') }} as sequence
  from {{ this }} as this
  cross join lookups
  group by this.system, lookups.fingerprint
),

changed as (
  select distinct versions._record_key
  from versions
  left join watermarks on versions.system = watermarks.system
  where versions._sequence > coalesce(watermarks.sequence, 0)
),

-- A line that changed its product or day touches the ones that it left as well.
touched as (
  select distinct system, source, sku, order_date
  from versions
  where _record_key in (select changed._record_key from changed) and not _is_deleted
),
{% endif %}

sold as (
  select lines.*
  from lines
  {% if is_incremental() %}
  inner join touched
    on lines.system = touched.system and lines.source = touched.source
    and lines.sku = touched.sku and lines.order_date = touched.order_date
  {% endif %}
  where
    lines.line_type = 'product' and not lines.is_return and not lines._is_deleted
    and lines.quantity > 0 and lines.unit_price > 0
),

prices as (
  select
    system, source, sku, order_date, unit_price,
    count(*) as line_count,
    max(_sequence) as _sequence,
    max(_lookups) as _lookups
  from sold
  group by system, source, sku, order_date, unit_price
),

list_prices as (
  select
    *,
    row_number() over (partition by system, source, sku, order_date order by line_count desc, unit_price desc) as nth,
    max(_sequence) over (partition by system, source, sku, order_date) as _last_sequence
  from prices
),

descriptions as (
  select
    system, source, sku, order_date, description,
    row_number() over (
      partition by system, source, sku, order_date
      order by case when description is null then 1 else 0 end, ordered_at desc, _position desc, _record_key desc
    ) as nth
  from sold
),

product_days as (
  select
    list_prices.system,
    list_prices.source,
    list_prices.sku,
    list_prices.order_date,
    descriptions.description,
    list_prices.unit_price as list_price,
    false as _is_deleted,
    list_prices._last_sequence as _sequence,
    list_prices._lookups
  from list_prices
  inner join descriptions
    on list_prices.system = descriptions.system and list_prices.source = descriptions.source
    and list_prices.sku = descriptions.sku and list_prices.order_date = descriptions.order_date
  where list_prices.nth = 1 and descriptions.nth = 1
)

select * from product_days
{% if is_incremental() %}
union all
select
  touched.system, touched.source, touched.sku, touched.order_date,
  null as description, null as list_price, true as _is_deleted, null as _sequence, null as _lookups
from touched
where not exists (
  select 1
  from product_days
  where
    product_days.system = touched.system and product_days.source = touched.source
    and product_days.sku = touched.sku and product_days.order_date = touched.order_date
)
{% endif %}
