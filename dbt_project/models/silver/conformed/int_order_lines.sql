-- one row per order or return line of every system, its newest version; deleted ones stay, marked, for gold to remove
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='order_line_key') }}

with lookups as (
  {{ line_lookups() }}
),

{% if is_incremental() %}
watermarks as (
  {{ watermarks('lookups') }}
),

touched as (
  select distinct versions._record_key
  from {{ ref('int_order_line_versions') }} as versions
  left join watermarks on versions.system = watermarks.system
  where versions._sequence > coalesce(watermarks.sequence, 0)
),

{% endif %}
-- Most keys have one version and need no sorting.
repeated as (
  select _record_key
  from {{ ref('int_order_line_versions') }}
  {% if is_incremental() %}
  where _record_key in (select touched._record_key from touched)
  {% endif %}
  group by _record_key
  having count(*) > 1
),

ranked as (
  select
    _record_key, _sequence, _position,
    row_number() over (partition by _record_key order by _sequence desc, _position desc) as nth
  from {{ ref('int_order_line_versions') }}
  where _record_key in (select repeated._record_key from repeated)
),

newest as (
  select versions.*
  from {{ ref('int_order_line_versions') }} as versions
  left join ranked
    on
      versions._record_key = ranked._record_key
      and versions._sequence = ranked._sequence and versions._position = ranked._position
  where
    coalesce(ranked.nth, 1) = 1
  {%- if is_incremental() %}
    and versions._record_key in (select touched._record_key from touched)
  {%- endif %}
),

-- Time zones are slow, and an order's lines share their time.
times as (
  select distinct ordered_at_local, time_zone
  from {{ ref('int_order_line_versions') }}
  {% if is_incremental() %}
  where _record_key in (select touched._record_key from touched)
  {% endif %}
),

instants as (
  select ordered_at_local, time_zone, {{ local_to_utc('ordered_at_local', 'time_zone') }} as ordered_at
  from times
)

select
  newest.order_line_key,
  newest.system,
  newest.source,
  newest.order_id,
  newest.order_line_id,
  newest.is_return,
  newest.line_type,
  newest.sku,
  newest.stock_code,
  newest.description,
  newest.customer_id,
  newest.ship_country_name,
  newest.ship_country,
  instants.ordered_at,
  newest.order_date,
  newest.currency,
  newest.quantity,
  newest.unit_price,
  newest.gross_amount,
  newest.discount_amount,
  newest.net_amount,
  newest.tax_amount,
  newest._is_deleted,
  newest._sequence,
  newest._position,
  lookups.fingerprint as _lookups
from newest
cross join lookups
left join instants on newest.ordered_at_local = instants.ordered_at_local and newest.time_zone = instants.time_zone
