-- one row per system without a catalogue, source, sku and local day on which it was sold at a price
{{ config(**merge_with_tombstones(['system', 'source', 'sku', 'order_date'])) }}

-- depends_on: {{ ref('pulls') }}
{% set versions = ref('int_order_line_versions') %}
{% set news = new_pulls(line_lookups(), by=['system'], reaching='int_order_line_versions') if is_incremental() %}
{% set has_catalogue = "system in ('" ~ var('catalogue_systems') | join("', '") ~ "')" %}
{# With all versions of a changed line, the sku and the day that it was moved away from are made anew as well. #}
{% set touched %}
  select distinct system, source, sku, cast(clock_time as date) as order_date
  from {{ versions }} as versions
  where _record_key in (
    select newer._record_key
    from {{ versions }} as newer
    where newer._sequence in ({{ news }}) and not newer.{{ has_catalogue }}
  )
{% endset %}
{# Where they can be named, all of these days: Athena leaves out files of others, and reads the versions once. #}
{% set days = query_to_in_list('select distinct order_date from (' ~ touched ~ ') as touched') if is_incremental() %}

with order_lines as (
  select * from {{ ref('int_order_lines') }}
  where not {{ has_catalogue }}
),

lookups as (
  {{ line_lookups() }}
),

{% if is_incremental() and not days %}
watermarks as (
  {{ watermarks('lookups') }}
),

touched as (
  {{ touched }}
),

{% endif %}
sold as (
  select order_lines.*
  from order_lines
  {%- if is_incremental() and not days %}
  inner join touched
    on order_lines.system = touched.system and order_lines.source = touched.source
    and order_lines.sku = touched.sku and order_lines.order_date = touched.order_date
  {%- endif %}
  where
    {{ 'order_lines.order_date in (' ~ days ~ ') and ' if days }}not order_lines._is_deleted and {{ is_priced_sale('order_lines') }}
),

-- In two steps, since the lines of a day share few prices. Of descriptions at one instant the greatest counts, of
-- prices equally frequent the highest.
prices as (
  select
    system, source, sku, order_date, currency, unit_price,
    count(*) as lines,
    max(ordered_at) filter (where description is not null) as last_ordered_at,
    max_by(description, row(ordered_at, description)) filter (where description is not null) as description,
    max(_sequence) as _sequence
  from sold
  group by system, source, sku, order_date, currency, unit_price
),

fresh as (
  select
    system, source, sku, order_date,
    max_by(description, row(last_ordered_at, description)) filter (where description is not null) as description,
    max_by(unit_price, row(lines, unit_price, currency)) as list_price,
    max_by(currency, row(lines, unit_price, currency)) as currency,
    max(_sequence) as _sequence
  from prices
  group by system, source, sku, order_date
)

{% if days %}
select
  system, source, sku, order_date, fresh.description, fresh.list_price, fresh.currency, fresh._sequence, lookups.fingerprint as _lookups,
  fresh.list_price is null as _is_deleted
from fresh
full outer join (select system, source, sku, order_date from {{ this }} where order_date in ({{ days }})) as held using (system, source, sku, order_date)
cross join lookups
{% else %}
select fresh.*, lookups.fingerprint as _lookups, false as _is_deleted
from fresh
cross join lookups
{% if is_incremental() %}
union all

select
  held.system, held.source, held.sku, held.order_date, held.description, held.list_price, held.currency,
  held._sequence, held._lookups, true as _is_deleted
from {{ this }} as held
left join watermarks on held.system = watermarks.system
left join touched
  on held.system = touched.system and held.source = touched.source
  and held.sku = touched.sku and held.order_date = touched.order_date
left join fresh
  on held.system = fresh.system and held.source = fresh.source
  and held.sku = fresh.sku and held.order_date = fresh.order_date
where fresh.sku is null and (touched.sku is not null or watermarks.sequence = 0)
{% endif %}
{% endif %}
