-- The shops' gold by hand, in one go: DuckDB SQL, everything made anew, documents taken to be as they should be.
-- {lake} and {seeds} stand for folders.
create macro row_key(said) as cast(md5_number(said) & 9223372036854775807 as bigint);
create macro local_date(utc, zone) as cast((utc at time zone 'UTC') at time zone zone as date);
create macro hours(since, until) as cast(round((epoch_ms(until) - epoch_ms(since)) / 3600000, 4) as decimal(18, 4));
-- In whole ten-thousandths, which doubles hold exactly.
create macro part(amount, units, all_units) as cast(round(round(amount::double * 10000) * units::double / all_units::double) / 10000 as decimal(18, 4));
create macro sum_of_known(amount, of_rows) as (case when count(*) filter (of_rows) = 0 then 0 else sum(amount) filter (of_rows) end)::decimal(18, 4);
create macro in_euros(amount, rate) as cast(round(round(amount::double * 10000) * 1e6 / round(rate::double * 1e6)) / 10000 as decimal(18, 4));
create macro bronze(entity) as table
select *, row_number() over (partition by _record_key order by _record_at desc, _ingested_at desc, _position desc) as nth
from delta_scan('{lake}/bronze/' || entity);

create table dim_country as
select * from read_csv('{seeds}/countries.csv', nullstr = '', allow_quoted_nulls = false);

create table dim_date as
with days as (
  select
    day::date as date_day, isodow(day)::integer as day_of_week,
    (day - to_days((isodow(day) % 7)::integer))::date as week_start
  from generate_series(date '2009-01-01', date '2027-12-31', interval 1 day) as days (day)
),

retail as (
  select *, year(week_start - 28)::integer as retail_year, make_date(year(week_start - 28), 2, 4) as fourth from days
),

weeks as (
  select *, ((date_day - (fourth - (isodow(fourth) % 7)::integer)) // 7 + 1)::integer as retail_week from retail
),

months as (
  select *, (case when retail_week > 52 then 11 else (3 * retail_week - 2) // 13 end + 1)::integer as retail_month from weeks
)

select
  date_day, year(date_day)::integer as calendar_year, quarter(date_day)::integer as calendar_quarter,
  month(date_day)::integer as calendar_month, monthname(date_day) as month_name,
  date_trunc('month', date_day)::date as month_start, day(date_day)::integer as day_of_month,
  dayofyear(date_day)::integer as day_of_year, day_of_week, dayname(date_day) as day_name, day_of_week >= 6 as is_weekend,
  isoyear(date_day)::integer as iso_year, week(date_day)::integer as iso_week,
  date_trunc('week', date_day)::date as iso_week_start,
  year(date_day)::integer as fiscal_year, ((month(date_day) + 2) // 3)::integer as fiscal_quarter,
  month(date_day)::integer as fiscal_month,
  retail_year, ((retail_month + 2) // 3)::integer as retail_quarter, retail_month, retail_week,
  week_start as retail_week_start, true as is_in_calendar
from months;

create table fct_fx_rates as
with history as (
  select _document ->> 'Date' as day, unnest(map_entries(from_json(_document, '"MAP(VARCHAR, VARCHAR)"'))) as entry
  from bronze('ecb_fx__history_rates') where nth = 1 and _operation = 'upsert'
),

daily as (
  select
    _document ->> '@time' as day,
    unnest(from_json(
      _document -> '{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube', '[{"@currency": "VARCHAR", "@rate": "VARCHAR"}]'
    )) as entry
  from bronze('ecb_fx__daily_rates') where nth = 1 and _operation = 'upsert'
),

quoted as (
  select day::date as rate_date, currency, arg_min(rate, source)::decimal(28, 12) as rate
  from (
    select day, entry.key as currency, entry.value as rate, 1 as source from history
    where entry.key not in ('Date', '') and entry.value <> 'N/A'
    union all
    select day, entry['@currency'] as currency, entry['@rate'] as rate, 2 as source from daily
  )
  group by all
),

spans as (
  select *, lead(rate_date) over (partition by currency order by rate_date) as next_rate_date from quoted
),

carried as (
  select currency, unnest(range(rate_date, least(rate_date + 8, coalesce(next_rate_date, rate_date + 8)), interval 1 day))::date as date_day, rate, rate_date
  from spans
)

select *, date_day > rate_date as is_carried from carried where date_day between date '2009-01-01' and date '2027-12-31'
union all
select 'EUR', date_day, 1, date_day, false from dim_date;

create table dim_store as
with described as (
  select * from read_csv('{seeds}/stores.csv', all_varchar = true)
),

configs as (
  select
    source,
    unnest(from_json(_document, '{"id": "VARCHAR", "code": "VARCHAR", "website_id": "VARCHAR", "timezone": "VARCHAR", "default_display_currency_code": "VARCHAR", "base_currency_code": "VARCHAR"}'))
  from bronze('magento__store_configs') where nth = 1 and _operation = 'upsert'
),

stores as (
  select
    'magento' as system, configs.source, configs.id as store_id, configs.code as store_code,
    coalesce(described.store_name, configs.source || ' ' || configs.code) as store_name, configs.website_id,
    described.country_code,
    coalesce(described.time_zone, configs.timezone) as time_zone,
    coalesce(described.currency, configs.default_display_currency_code) as currency,
    coalesce(described.base_currency, configs.base_currency_code) as base_currency
  from configs
  left join described on described.system = 'magento' and configs.source = described.source and configs.id = described.store_id
  union all
  select system, source, store_id, store_id, store_name, null, country_code, time_zone, currency, base_currency
  from described
  where system <> 'magento' and time_zone is not null
)

select
  row_key(concat_ws('|', stores.system, stores.source, store_id)) as store_key,
  stores.* exclude (time_zone, currency, base_currency), country_name, time_zone, stores.currency, base_currency, true as is_listed, true as is_described
from stores
left join dim_country using (country_code);

create temp table stock_versions as
with looks as (
  select pull_id, system, source, make_timestamp(epoch_us(window_end)) as snapshot_at, sequence
  from delta_scan('{lake}/ledger/pulls')
  where status = 'completed' and scope = 'full' and (system, entity) in (('magento', 'source_items'), ('stock_feed', 'items'))
),

shops as (
  select
    'magento' as system, source, _record_key, _pull_id, _position, _operation, _document ->> 'source_code' as location, _document ->> 'sku' as sku,
    _document ->> 'quantity' as quantity
  from delta_scan('{lake}/bronze/magento__source_items')
),

feed_documents as (
  select
    *,
    from_json(_document, '{"@sku": "VARCHAR", "location": [{"#text": "VARCHAR"}], "quantity": [{"#text": "VARCHAR"}], "{http://base.google.com/ns/1.0}id": [{"#text": "VARCHAR"}], "{http://base.google.com/ns/1.0}quantity": [{"#text": "VARCHAR"}]}') as said
  from delta_scan('{lake}/bronze/stock_feed__items')
),

feeds as (
  select
    'stock_feed' as system, source, _record_key, _pull_id, _position, _operation, coalesce(said.location[1]['#text'], source) as location,
    coalesce(said['@sku'], said['{http://base.google.com/ns/1.0}id'][1]['#text']) as sku,
    coalesce(said.quantity[1]['#text'], said['{http://base.google.com/ns/1.0}quantity'][1]['#text']) as quantity
  from feed_documents
)

select versions.* exclude (sku, quantity, source), looks.source, upper(sku) as sku, quantity::decimal(18, 4) as quantity, looks.snapshot_at, looks.snapshot_at::date as snapshot_date
from (select * from shops union all select * from feeds) as versions
inner join looks on versions._pull_id = looks.pull_id
qualify row_number() over (partition by _record_key, snapshot_date order by sequence desc, _position desc) = 1;

create table dim_location as
with stock as (
  select distinct system, source, location from stock_versions where _operation = 'upsert' and quantity is not null
)

select
  row_key(concat_ws('|', system, source, location)) as location_key, system, source, location, coalesce(location_name, location) as location_name,
  coalesce(place, concat_ws('/', system, source, location)) as place, coalesce(is_counted, true) as is_counted
from stock
left join read_csv('{seeds}/locations.csv') using (system, source, location);

create table fct_inventory_daily as
with looks as (
  select system, source, make_timestamp(epoch_us(max(window_end))) as snapshot_at, max(window_end)::date as snapshot_date
  from delta_scan('{lake}/ledger/pulls')
  where status = 'completed' and scope = 'full' and (system, entity) in (('magento', 'source_items'), ('stock_feed', 'items'))
  group by system, source, window_end::date
),

days as (
  select
    *, unnest(range(snapshot_date, coalesce(lead(snapshot_date) over (partition by system, source order by snapshot_date), max(snapshot_date) over () + 1), interval 1 day))::date as date_day
  from looks
),

intervals as (
  select
    *, coalesce(lead(snapshot_date) over (partition by _record_key order by snapshot_date), (select max(snapshot_date) + 1 from looks)) as until
  from stock_versions
),

stock as (
  select system, source, location, sku, unnest(range(snapshot_date, until, interval 1 day))::date as date_day, quantity
  from intervals where _operation = 'upsert' and quantity is not null
),

summed as (
  select system, source, location, sku, date_day, sum(quantity) as quantity from stock group by all
),

known as (
  select
    system, source, location, sku, min(snapshot_date) as first_seen, row_key(coalesce(any_value(catalogue), system) || '|' || sku) as product_key
  from stock_versions
  left join read_csv('{seeds}/catalogues.csv') using (system, source)
  where _operation = 'upsert' and quantity is not null
  group by system, source, location, sku
)

select
  days.date_day, known.system, known.source, known.location, known.sku,
  product_key, location_key,
  summed.quantity::decimal(18, 4) as quantity, summed.sku is not null as is_listed, is_counted, days.date_day > days.snapshot_date as is_carried,
  days.snapshot_at, days.snapshot_at as looked_at
from days
inner join known on days.system = known.system and days.source = known.source and days.date_day >= known.first_seen
inner join dim_location on known.system = dim_location.system and known.source = dim_location.source and known.location = dim_location.location
left join summed
  on known.system = summed.system and known.source = summed.source and known.location = summed.location and known.sku = summed.sku
  and days.date_day = summed.date_day;

create temp table orders as
with newest as (
  select
    source, _subject_key,
    from_json(_document, '{
      "entity_id": "VARCHAR", "increment_id": "VARCHAR", "store_id": "VARCHAR", "customer_id": "VARCHAR", "state": "VARCHAR", "status": "VARCHAR",
      "created_at": "TIMESTAMP", "order_currency_code": "VARCHAR", "base_currency_code": "VARCHAR", "base_to_order_rate": "VARCHAR",
      "coupon_code": "VARCHAR", "billing_address": {"country_id": "VARCHAR"},
      "extension_attributes": {
        "shipping_assignments": [{"shipping": {"address": {"country_id": "VARCHAR"}}}],
        "gift_cards_amount": "DECIMAL(18, 4)", "base_gift_cards_amount": "DECIMAL(18, 4)", "customer_balance_amount": "DECIMAL(18, 4)",
        "base_customer_balance_amount": "DECIMAL(18, 4)", "reward_currency_amount": "DECIMAL(18, 4)", "base_reward_currency_amount": "DECIMAL(18, 4)"
      },
      "shipping_amount": "DECIMAL(18, 4)", "base_shipping_amount": "DECIMAL(18, 4)", "shipping_discount_amount": "DECIMAL(18, 4)",
      "base_shipping_discount_amount": "DECIMAL(18, 4)", "shipping_discount_tax_compensation_amount": "DECIMAL(18, 4)",
      "base_shipping_discount_tax_compensation_amnt": "DECIMAL(18, 4)", "shipping_canceled": "DECIMAL(18, 4)",
      "gift_cards_amount": "DECIMAL(18, 4)", "base_gift_cards_amount": "DECIMAL(18, 4)", "customer_balance_amount": "DECIMAL(18, 4)",
      "base_customer_balance_amount": "DECIMAL(18, 4)", "reward_currency_amount": "DECIMAL(18, 4)", "base_reward_currency_amount": "DECIMAL(18, 4)",
      "shipping_tax_amount": "DECIMAL(18, 4)", "base_shipping_tax_amount": "DECIMAL(18, 4)",
      "grand_total": "DECIMAL(18, 4)", "base_grand_total": "DECIMAL(18, 4)", "total_canceled": "DECIMAL(18, 4)", "base_total_canceled": "DECIMAL(18, 4)",
      "items": [{
        "item_id": "VARCHAR", "parent_item_id": "VARCHAR", "product_id": "VARCHAR", "product_type": "VARCHAR", "sku": "VARCHAR", "name": "VARCHAR",
        "qty_ordered": "DECIMAL(18, 4)", "qty_invoiced": "DECIMAL(18, 4)", "qty_shipped": "DECIMAL(18, 4)", "qty_canceled": "DECIMAL(18, 4)",
        "price": "DECIMAL(18, 4)", "row_total": "DECIMAL(18, 4)", "base_row_total": "DECIMAL(18, 4)", "discount_amount": "DECIMAL(18, 4)",
        "base_discount_amount": "DECIMAL(18, 4)", "discount_tax_compensation_amount": "DECIMAL(18, 4)",
        "base_discount_tax_compensation_amount": "DECIMAL(18, 4)", "tax_amount": "DECIMAL(18, 4)", "base_tax_amount": "DECIMAL(18, 4)",
        "weee_tax_applied_row_amount": "DECIMAL(18, 4)", "base_weee_tax_applied_row_amnt": "DECIMAL(18, 4)"}],
      "status_histories": [{"entity_id": "VARCHAR", "created_at": "TIMESTAMP", "status": "VARCHAR", "entity_name": "VARCHAR"}]
    }') as said
  from delta_scan('{lake}/bronze/magento__orders')
  where (_pull_id, _position) in (select (_pull_id, _position) from bronze('magento__orders') where nth = 1 and _operation = 'upsert')
)

select
  newest.source, said.entity_id as order_id, said.increment_id as order_number, said.customer_id is null as is_guest,
  coalesce(said.customer_id, 'guest-' || _subject_key) as customer_id, said.state, said.status, said.coupon_code,
  said.created_at as ordered_at, local_date(said.created_at, dim_store.time_zone) as order_date, store_key,
  said.order_currency_code as currency, said.base_currency_code as base_currency,
  said.base_to_order_rate::decimal(28, 12) as fx_rate_stated,
  coalesce(said.extension_attributes.shipping_assignments[1].shipping.address.country_id, said.billing_address.country_id) as ship_country,
  said
from newest
inner join dim_store on dim_store.system = 'magento' and newest.source = dim_store.source and said.store_id = dim_store.store_id;

create table fct_order_status_events as
with entries as (
  select source, order_id, unnest(said.status_histories) as entry from orders
)

select
  row_key(concat_ws('|', 'magento', source, entry.entity_id)) as order_status_event_key,
  row_key(concat_ws('|', 'magento', source, order_id)) as order_key,
  'magento' as system, source, order_id, entry.entity_id as event_id, entry.entity_name, entry.status,
  entry.created_at as happened_at
from entries;

create temp table products as
with versions as (
  select
    source, _record_key, _record_at, nth,
    unnest(from_json(_document, '{"id": "VARCHAR", "sku": "VARCHAR", "name": "VARCHAR", "type_id": "VARCHAR", "price": "DECIMAL(18, 4)", "extension_attributes": {"configurable_product_links": ["VARCHAR"]}}'))
  from bronze('magento__products')
  where _operation = 'upsert'
  qualify row_number() over (partition by _record_key, _record_at order by nth) = 1
)

select * exclude (_record_at), make_timestamp(epoch_us(_record_at)) as changed_at, upper(sku) as code, nullif(greatest(price, 0), 0) as list_price
from versions;

-- What a SKU was called and cost; one that its product left has nothing.
create temp table product_states as
with moves as (
  select
    *,
    lead(code) over (partition by _record_key order by changed_at) as next_code,
    lead(changed_at) over (partition by _record_key order by changed_at) as next_at
  from products
)

select *
from (
  select source, code as sku, changed_at, name, list_price, true as is_listed, id from moves
  union all
  select source, code, next_at, null, null, false, id from moves where next_code <> code
)
qualify row_number() over (partition by source, sku, changed_at order by is_listed desc, id) = 1;

create temp table catalogue as
with parents as (
  select source, child, min(code) as parent_sku
  from (select source, code, unnest(extension_attributes.configurable_product_links) as child from products where nth = 1)
  group by all
),

skus as (
  select * from products
  qualify row_number() over (partition by source, code order by changed_at desc, nth) = 1
)

select
  skus.source, code as sku, id as product_id, name, type_id, parent_sku, list_price, changed_at, nth = 1 as is_listed,
  (select any_value(base_currency) from dim_store where system = 'magento' and dim_store.source = skus.source) as currency
from skus
left join parents on skus.source = parents.source and skus.id = parents.child;

create temp table lines as
with items as (
  select * exclude (said), unnest(said.items, recursive := true) from orders
),

children as (
  select
    source, order_id, parent_item_id, max(sku) as child_sku, max(product_type) as child_type, max(abs(row_total)) > 0 as have_money
  from items
  where parent_item_id is not null
  group by all
),

sold as (
  select
    items.* exclude (sku), child_type,
    coalesce(case when product_type <> 'bundle' then child_sku end, sku) as sku,
    case when child_sku is not null and product_type <> 'bundle' then product_id end as parent_product_id
  from items
  left join children on items.source = children.source and items.order_id = children.order_id and items.item_id = children.parent_item_id
  where items.parent_item_id is null and not coalesce(product_type = 'bundle' and have_money, false)
  union all
  select items.* exclude (sku), null, items.sku, parents.product_id
  from items
  inner join items as parents on items.source = parents.source and items.order_id = parents.order_id and items.parent_item_id = parents.item_id
  inner join children on items.source = children.source and items.order_id = children.order_id and items.parent_item_id = children.parent_item_id
  where parents.product_type = 'bundle' and children.have_money
)

select
  source, order_id, item_id as order_line_id, 'product' as line_type, sku as stock_code, parent_product_id,
  qty_ordered as quantity, coalesce(case when state = 'canceled' then qty_ordered else qty_canceled end, 0)::decimal(18, 4) as quantity_canceled,
  price as unit_price, coalesce(row_total, 0) as gross_amount,
  coalesce(discount_amount, 0) - coalesce(discount_tax_compensation_amount, 0) as discount_amount,
  coalesce(tax_amount, 0) + coalesce(weee_tax_applied_row_amount, 0) as tax_amount,
  coalesce(base_row_total, 0) as gross_amount_base,
  coalesce(base_discount_amount, 0) - coalesce(base_discount_tax_compensation_amount, 0) as discount_amount_base,
  coalesce(base_tax_amount, 0) + coalesce(base_weee_tax_applied_row_amnt, 0) as tax_amount_base,
  coalesce(qty_invoiced, 0) = quantity - quantity_canceled as is_invoiced,
  coalesce(coalesce(case when product_type <> 'bundle' then child_type end, product_type) in ('virtual', 'downloadable') or coalesce(qty_shipped, 0) = quantity - quantity_canceled, false) as is_shipped
from sold
union all
select
  source, order_id, 'shipping', 'postage', 'shipping', null, 1,
  case when state = 'canceled' then 1 else coalesce(part(said.shipping_canceled, 1, said.shipping_amount), 0) end, said.shipping_amount,
  said.shipping_amount, coalesce(said.shipping_discount_amount, 0) - coalesce(said.shipping_discount_tax_compensation_amount, 0),
  coalesce(said.shipping_tax_amount, 0), coalesce(said.base_shipping_amount, 0),
  coalesce(said.base_shipping_discount_amount, 0) - coalesce(said.base_shipping_discount_tax_compensation_amnt, 0),
  coalesce(said.base_shipping_tax_amount, 0), null, null
from orders
where said.shipping_amount <> 0
union all
select source, order_id, 'no_items', 'no_items', 'no_items', null, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, null
from orders
where coalesce(len(said.items), 0) = 0;

create temp table memos as
select
  source,
  unnest(from_json(_document, '{
    "entity_id": "VARCHAR", "order_id": "VARCHAR", "store_id": "VARCHAR", "state": "INTEGER", "created_at": "TIMESTAMP",
    "order_currency_code": "VARCHAR", "base_currency_code": "VARCHAR", "base_to_order_rate": "VARCHAR",
    "shipping_amount": "DECIMAL(18, 4)", "base_shipping_amount": "DECIMAL(18, 4)", "shipping_tax_amount": "DECIMAL(18, 4)", "base_shipping_tax_amount": "DECIMAL(18, 4)",
    "discount_amount": "DECIMAL(18, 4)", "base_discount_amount": "DECIMAL(18, 4)", "discount_tax_compensation_amount": "DECIMAL(18, 4)",
    "base_discount_tax_compensation_amount": "DECIMAL(18, 4)", "shipping_discount_tax_compensation_amount": "DECIMAL(18, 4)",
    "base_shipping_discount_tax_compensation_amnt": "DECIMAL(18, 4)",
    "adjustment_positive": "DECIMAL(18, 4)", "base_adjustment_positive": "DECIMAL(18, 4)", "adjustment_negative": "DECIMAL(18, 4)", "base_adjustment_negative": "DECIMAL(18, 4)",
    "grand_total": "DECIMAL(18, 4)", "base_grand_total": "DECIMAL(18, 4)",
    "items": [{"entity_id": "VARCHAR", "order_item_id": "VARCHAR", "sku": "VARCHAR", "name": "VARCHAR", "qty": "DECIMAL(18, 4)", "price": "DECIMAL(18, 4)",
      "row_total": "DECIMAL(18, 4)", "base_row_total": "DECIMAL(18, 4)", "discount_amount": "DECIMAL(18, 4)", "base_discount_amount": "DECIMAL(18, 4)",
      "discount_tax_compensation_amount": "DECIMAL(18, 4)", "base_discount_tax_compensation_amount": "DECIMAL(18, 4)",
      "tax_amount": "DECIMAL(18, 4)", "base_tax_amount": "DECIMAL(18, 4)",
      "weee_tax_applied_row_amount": "DECIMAL(18, 4)", "base_weee_tax_applied_row_amnt": "DECIMAL(18, 4)"}]
  }'))
from bronze('magento__credit_memos')
where nth = 1 and _operation = 'upsert';

delete from memos where state = 3;

create temp table return_lines as
with items as (
  select source, entity_id as memo_id, unnest(items) as item from memos
),

listed_items as (
  select
    source, memo_id, item.*,
    coalesce(item.discount_amount, 0) as discount, coalesce(item.discount_tax_compensation_amount, 0) as discount_tax,
    coalesce(item.base_discount_amount, 0) as discount_base, coalesce(item.base_discount_tax_compensation_amount, 0) as discount_tax_base
  from items
),

-- What a memo's discount is beyond its items' is its shipping's.
rests as (
  select
    memos.source, memos.entity_id as memo_id,
    abs(any_value(memos.discount_amount)) - coalesce(sum(discount), 0) as discount,
    abs(any_value(memos.base_discount_amount)) - coalesce(sum(discount_base), 0) as discount_base,
    coalesce(
      nullif(any_value(shipping_discount_tax_compensation_amount), 0),
      any_value(memos.discount_tax_compensation_amount) - coalesce(sum(discount_tax), 0)
    ) as discount_tax,
    coalesce(
      nullif(any_value(base_shipping_discount_tax_compensation_amnt), 0),
      any_value(memos.base_discount_tax_compensation_amount) - coalesce(sum(discount_tax_base), 0)
    ) as discount_tax_base
  from memos
  left join listed_items on memos.source = listed_items.source and memos.entity_id = listed_items.memo_id
  group by all
),

listed as (
  select
    source, memo_id, entity_id as line_id, order_item_id, 'product' as line_type, sku as stock_code, qty as quantity, price as unit_price,
    row_total as gross_amount, base_row_total as gross_amount_base, discount - discount_tax as discount_amount,
    discount_base - discount_tax_base as discount_amount_base, coalesce(tax_amount, 0) + coalesce(weee_tax_applied_row_amount, 0) as tax_amount,
    coalesce(base_tax_amount, 0) + coalesce(base_weee_tax_applied_row_amnt, 0) as tax_amount_base
  from listed_items where row_total is not null
  union all
  select
    memos.source, entity_id, 'shipping', 'shipping', 'postage', 'shipping', 1, shipping_amount, shipping_amount, base_shipping_amount,
    coalesce(discount, 0) - coalesce(discount_tax, 0), coalesce(discount_base, 0) - coalesce(discount_tax_base, 0), shipping_tax_amount,
    base_shipping_tax_amount
  from memos inner join rests on memos.source = rests.source and memos.entity_id = rests.memo_id
  where shipping_amount <> 0
  union all
  select source, entity_id, 'adjustment_positive', null, 'goodwill', 'adjustment_positive', 1, adjustment_positive, adjustment_positive, base_adjustment_positive, 0, 0, 0, 0
  from memos where adjustment_positive <> 0
  union all
  select source, entity_id, 'adjustment_negative', null, 'fee', 'adjustment_negative', 1, -adjustment_negative, -adjustment_negative, -base_adjustment_negative, 0, 0, 0, 0
  from memos where adjustment_negative <> 0
)

select
  listed.source, 'C' || memo_id as order_id, line_id as order_line_id, order_item_id, memos.order_id as returned_order_id, line_type, stock_code,
  -quantity as quantity, unit_price,
  -gross_amount as gross_amount, -listed.discount_amount as discount_amount, -coalesce(tax_amount, 0) as tax_amount,
  -gross_amount_base as gross_amount_base, -discount_amount_base as discount_amount_base, -coalesce(tax_amount_base, 0) as tax_amount_base,
  memos.created_at as ordered_at, local_date(memos.created_at, dim_store.time_zone) as order_date, store_key,
  memos.order_currency_code as currency, memos.base_currency_code as base_currency, memos.base_to_order_rate::decimal(28, 12) as fx_rate_stated
from listed
inner join memos on listed.source = memos.source and listed.memo_id = memos.entity_id
inner join dim_store on dim_store.system = 'magento' and memos.source = dim_store.source and memos.store_id = dim_store.store_id;

create temp table rules as
select * from read_csv('{seeds}/line_type_rules.csv');

create temp table day_rates as
with days as (
  select distinct currency, base_currency, order_date from orders
  union
  select distinct currency, base_currency, order_date from return_lines
)

select
  days.*,
  case when days.currency <> base_currency or days.currency <> 'EUR' then own.rate end as fx_rate_from,
  case when days.currency <> base_currency then base.rate end as fx_rate_base,
  case when days.currency <> 'EUR' then 1::decimal(28, 12) end as fx_rate_to,
  case when days.currency <> 'EUR' then coalesce(own.rate_date, base.rate_date) end as fx_rate_date,
  case when days.currency = 'EUR' then 'same' when own.rate is not null then 'own' when base.rate is not null then 'via_base' end as fx_path,
  case when days.currency = 'EUR' then 1 when own.rate is not null then own.rate else base.rate end as euro_rate
from days
left join fct_fx_rates as own on days.currency = own.currency and days.order_date = own.date_day
left join fct_fx_rates as base on days.base_currency = base.currency and days.order_date = base.date_day;

create table fct_order_lines as
with parents as (
  select
    source, product_id, max_by(sku, row(changed_at, sku)) as parent_sku, coalesce(max_by(type_id, row(changed_at, sku)), '') = 'bundle' as is_bundle
  from catalogue
  group by all
),

reported as (
  select
    lines.*, orders.* exclude (source, order_id, said), day_rates.* exclude (currency, base_currency, order_date),
    (gross_amount - discount_amount)::decimal(18, 4) as net_amount,
    (gross_amount_base - discount_amount_base)::decimal(18, 4) as net_amount_base,
    in_euros(if(fx_path = 'via_base', gross_amount_base, gross_amount), euro_rate) as gross_amount_reporting,
    in_euros(if(fx_path = 'via_base', discount_amount_base, discount_amount), euro_rate) as discount_amount_reporting,
    in_euros(if(fx_path = 'via_base', net_amount_base, net_amount), euro_rate) as net_amount_reporting,
    in_euros(if(fx_path = 'via_base', tax_amount_base, tax_amount), euro_rate) as tax_amount_reporting
  from lines
  inner join orders on lines.source = orders.source and lines.order_id = orders.order_id
  inner join day_rates
    on orders.currency = day_rates.currency and orders.base_currency = day_rates.base_currency and orders.order_date = day_rates.order_date
)

select
  'magento' as system, reported.source, order_id, order_line_id,
  row_key(concat_ws('|', 'magento', reported.source, order_id, order_line_id)) as order_line_key,
  row_key(concat_ws('|', 'magento', reported.source, order_id)) as order_key,
  order_date, ordered_at, store_key,
  case when has_product then row_key('magento|' || upper(stock_code)) else -2 end as product_key,
  row_key(concat_ws('|', 'magento', reported.source, customer_id)) as customer_key,
  upper(stock_code) as sku, case when not is_bundle then parent_sku end as parent_sku, case when is_bundle then parent_sku end as bundle_sku, line_type, is_revenue, quantity, quantity_canceled, unit_price, currency,
  gross_amount, discount_amount, net_amount, tax_amount, base_currency, gross_amount_base, discount_amount_base, net_amount_base,
  tax_amount_base, 'EUR' as reporting_currency, gross_amount_reporting, discount_amount_reporting, net_amount_reporting, tax_amount_reporting,
  case when quantity_canceled = 0 then 0 else part(net_amount, quantity_canceled, quantity) end as canceled_net_amount,
  case when quantity_canceled = 0 then 0 else part(net_amount_base, quantity_canceled, quantity) end as canceled_net_amount_base,
  case when quantity_canceled = 0 then 0 else part(net_amount_reporting, quantity_canceled, quantity) end as canceled_net_amount_reporting,
  fx_rate_stated, fx_rate_from, fx_rate_base, fx_rate_to, fx_rate_date, fx_path, ship_country, null::varchar as ship_country_name
from reported
inner join rules using (line_type)
left join parents on reported.source = parents.source and reported.parent_product_id = parents.product_id;

create table fct_return_lines as
with reported as (
  select
    return_lines.*, day_rates.* exclude (currency, base_currency, order_date),
    (gross_amount - discount_amount)::decimal(18, 4) as net_amount,
    (gross_amount_base - discount_amount_base)::decimal(18, 4) as net_amount_base
  from return_lines
  inner join day_rates
    on return_lines.currency = day_rates.currency and return_lines.base_currency = day_rates.base_currency and return_lines.order_date = day_rates.order_date
),

sold as (
  select source as sold_source, order_id as sold_order_id, order_line_id as sold_line_id, quantity as sold_quantity from lines
),

bought as (
  select source as bought_source, order_id as bought_order_id, ordered_at as bought_at, customer_id, ship_country from orders
)

select
  'magento' as system, source, order_id, order_line_id,
  row_key(concat_ws('|', 'magento', source, order_id, order_line_id)) as order_line_key,
  row_key(concat_ws('|', 'magento', source, order_id)) as order_key,
  order_date, ordered_at, store_key,
  case when has_product then row_key('magento|' || upper(stock_code)) else -2 end as product_key,
  coalesce(row_key('magento|' || source || '|' || customer_id), -1) as customer_key,
  upper(stock_code) as sku, line_type, is_revenue, quantity, unit_price, currency,
  gross_amount, discount_amount, net_amount, tax_amount, base_currency, gross_amount_base, discount_amount_base, net_amount_base,
  tax_amount_base, 'EUR' as reporting_currency,
  in_euros(if(fx_path = 'via_base', gross_amount_base, gross_amount), euro_rate) as gross_amount_reporting,
  in_euros(if(fx_path = 'via_base', discount_amount_base, discount_amount), euro_rate) as discount_amount_reporting,
  in_euros(if(fx_path = 'via_base', net_amount_base, net_amount), euro_rate) as net_amount_reporting,
  in_euros(if(fx_path = 'via_base', tax_amount_base, tax_amount), euro_rate) as tax_amount_reporting,
  fx_rate_stated, fx_rate_from, fx_rate_base, fx_rate_to, fx_rate_date, fx_path, ship_country, null::varchar as ship_country_name,
  case when sold_line_id is not null then row_key(concat_ws('|', 'magento', source, sold_order_id, sold_line_id)) else -1 end
    as returned_order_line_key,
  returned_order_id,
  case
    when sold_line_id is not null and bought_at > ordered_at then 'stated_earlier'
    when sold_line_id is not null then 'stated'
    when bought_order_id is not null then 'stated_order'
    else 'unknown_order'
  end as match_method,
  case when sold_line_id is null then 0 else greatest(least(-quantity, sold_quantity), 0) end::decimal(18, 4) as matched_quantity
from reported
inner join rules using (line_type)
left join sold on source = sold_source and returned_order_id = sold_order_id and order_item_id = sold_line_id
left join bought on source = bought_source and returned_order_id = bought_order_id;

create table fct_shipment_lines as
with shipments as (
  select source, unnest(from_json(_document, '{"entity_id": "VARCHAR", "order_id": "VARCHAR", "created_at": "TIMESTAMP", "items": [{"entity_id": "VARCHAR", "order_item_id": "VARCHAR", "qty": "DECIMAL(18, 4)"}]}'))
  from bronze('magento__shipments') where nth = 1 and _operation = 'upsert'
),

items as (
  select source, entity_id as shipment_id, order_id, created_at as shipped_at, unnest(items) as item from shipments
)

select
  row_key(concat_ws('|', 'magento', items.source, item.entity_id)) as shipment_line_key,
  lines.order_line_key, lines.order_key, lines.system, lines.source, shipment_id, lines.order_id, lines.order_line_id,
  local_date(shipped_at, dim_store.time_zone) as ship_date, shipped_at, lines.store_key, product_key, customer_key, sku, item.qty as quantity
from items
inner join fct_order_lines as lines
  on items.source = lines.source and items.order_id = lines.order_id and item.order_item_id = lines.order_line_id
inner join dim_store using (store_key);

create table fct_orders as
with summed as (
  select
    order_key, any_value(system) as system, any_value(source) as source, any_value(order_id) as order_id,
    any_value(order_date) as order_date, any_value(ordered_at) as ordered_at, any_value(store_key) as store_key,
    any_value(customer_key) as customer_key, any_value(ship_country) as ship_country, null::varchar as ship_country_name,
    count(*) filter (line_type <> 'no_items') as line_count,
    coalesce(sum(quantity) filter (product_key <> -2), 0) as quantity,
    coalesce(sum(quantity_canceled) filter (product_key <> -2), 0) as quantity_canceled,
    any_value(currency) as currency, any_value(base_currency) as base_currency,
    coalesce(sum(gross_amount) filter (line_type <> 'postage'), 0) as gross_amount,
    coalesce(sum(discount_amount) filter (line_type <> 'postage'), 0) as discount_amount,
    coalesce(sum(net_amount) filter (line_type <> 'postage'), 0) as net_amount,
    coalesce(sum(tax_amount) filter (line_type <> 'postage'), 0) as tax_amount,
    coalesce(sum(gross_amount) filter (line_type = 'postage'), 0) as shipping_amount,
    coalesce(sum(discount_amount) filter (line_type = 'postage'), 0) as shipping_discount_amount,
    coalesce(sum(tax_amount) filter (line_type = 'postage'), 0) as shipping_tax_amount,
    sum(net_amount + tax_amount) as total_amount,
    coalesce(sum(gross_amount_base) filter (line_type <> 'postage'), 0) as gross_amount_base,
    coalesce(sum(discount_amount_base) filter (line_type <> 'postage'), 0) as discount_amount_base,
    coalesce(sum(net_amount_base) filter (line_type <> 'postage'), 0) as net_amount_base,
    coalesce(sum(tax_amount_base) filter (line_type <> 'postage'), 0) as tax_amount_base,
    coalesce(sum(gross_amount_base) filter (line_type = 'postage'), 0) as shipping_amount_base,
    coalesce(sum(discount_amount_base) filter (line_type = 'postage'), 0) as shipping_discount_amount_base,
    coalesce(sum(tax_amount_base) filter (line_type = 'postage'), 0) as shipping_tax_amount_base,
    sum(net_amount_base + tax_amount_base) as total_amount_base,
    coalesce(sum(gross_amount_reporting) filter (line_type <> 'postage'), 0) as gross_amount_reporting,
    coalesce(sum(discount_amount_reporting) filter (line_type <> 'postage'), 0) as discount_amount_reporting,
    coalesce(sum(net_amount_reporting) filter (line_type <> 'postage'), 0) as net_amount_reporting,
    coalesce(sum(tax_amount_reporting) filter (line_type <> 'postage'), 0) as tax_amount_reporting,
    coalesce(sum(gross_amount_reporting) filter (line_type = 'postage'), 0) as shipping_amount_reporting,
    coalesce(sum(discount_amount_reporting) filter (line_type = 'postage'), 0) as shipping_discount_amount_reporting,
    coalesce(sum(tax_amount_reporting) filter (line_type = 'postage'), 0) as shipping_tax_amount_reporting,
    sum(net_amount_reporting + tax_amount_reporting) as total_amount_reporting,
    'EUR' as reporting_currency
  from fct_order_lines
  group by order_key
),

states as (
  select
    source, order_id, sum(quantity - quantity_canceled) > 0 and bool_and(is_invoiced) as is_all_invoiced,
    sum(quantity - quantity_canceled) > 0 and bool_and(is_shipped) as is_all_shipped
  from lines where line_type = 'product'
  group by all
),

invoices as (
  select source, unnest(from_json(_document, '{"order_id": "VARCHAR", "state": "INTEGER", "created_at": "TIMESTAMP", "grand_total": "DECIMAL(18, 4)", "base_grand_total": "DECIMAL(18, 4)"}'))
  from bronze('magento__invoices') where nth = 1 and _operation = 'upsert'
),

paid as (
  select
    source, order_id, min(created_at) filter (state is distinct from 1) as paid_at,
    case when count(*) filter (state = 1) = 0 then max(created_at) end as fully_paid_at,
    sum(grand_total) filter (state is distinct from 1) as paid_amount, sum(grand_total) as invoiced_amount, sum(base_grand_total) as invoiced_amount_base
  from invoices where state is distinct from 3
  group by all
),

summed_memos as (
  select *, sum(grand_total) over (partition by source, order_id order by created_at, entity_id rows unbounded preceding) as so_far from memos
),

refunded as (
  select
    source, order_id, min(created_at) as refunded_at, min(created_at) filter (so_far >= paid_amount) as fully_refunded_at,
    sum(grand_total) as refunded_amount, sum(base_grand_total) as refunded_amount_base
  from summed_memos
  left join paid using (source, order_id)
  group by all
),

shipped as (
  select source, order_id, min(shipped_at) as shipped_at, max(shipped_at) as last_shipped_at from fct_shipment_lines group by all
),

marked as (
  select
    order_key, min(happened_at) filter (status = 'delivered') as delivered_at,
    coalesce(min(happened_at) filter (status = 'canceled' and happened_at >= coalesce(opened_at, happened_at)), max(happened_at) filter (status = 'canceled')) as canceled_at
  from (
    select *, max(happened_at) filter (status <> 'canceled') over (partition by order_key) as opened_at from fct_order_status_events
  )
  group by all
)

select
  summed.*, order_number, state, status, coupon_code, is_guest,
  said.grand_total as stated_total_amount, said.base_grand_total as stated_total_amount_base,
  (coalesce(said.gift_cards_amount, said.extension_attributes.gift_cards_amount, 0) + coalesce(said.customer_balance_amount, said.extension_attributes.customer_balance_amount, 0) + coalesce(said.reward_currency_amount, said.extension_attributes.reward_currency_amount, 0))::decimal(18, 4) as prepaid_amount,
  (coalesce(said.base_gift_cards_amount, said.extension_attributes.base_gift_cards_amount, 0) + coalesce(said.base_customer_balance_amount, said.extension_attributes.base_customer_balance_amount, 0) + coalesce(said.base_reward_currency_amount, said.extension_attributes.base_reward_currency_amount, 0))::decimal(18, 4) as prepaid_amount_base,
  coalesce(invoiced_amount, 0)::decimal(18, 4) as invoiced_amount, coalesce(refunded_amount, 0)::decimal(18, 4) as refunded_amount,
  (coalesce(invoiced_amount, 0) - coalesce(refunded_amount, 0))::decimal(18, 4) as kept_amount,
  coalesce(said.total_canceled, 0)::decimal(18, 4) as canceled_amount,
  coalesce(invoiced_amount_base, 0)::decimal(18, 4) as invoiced_amount_base, coalesce(refunded_amount_base, 0)::decimal(18, 4) as refunded_amount_base,
  (coalesce(invoiced_amount_base, 0) - coalesce(refunded_amount_base, 0))::decimal(18, 4) as kept_amount_base,
  coalesce(said.base_total_canceled, 0)::decimal(18, 4) as canceled_amount_base,
  paid_at, case when is_all_invoiced then fully_paid_at end as fully_paid_at,
  shipped_at, case when is_all_shipped then last_shipped_at end as fully_shipped_at,
  delivered_at, refunded_at, fully_refunded_at, case when state = 'canceled' then canceled_at end as canceled_at,
  hours(summed.ordered_at, paid_at) as hours_to_payment, hours(paid_at, shipped_at) as hours_to_shipment,
  hours(shipped_at, delivered_at) as hours_to_delivery, hours(summed.ordered_at, delivered_at) as hours_to_completion
from summed
inner join orders on summed.source = orders.source and summed.order_id = orders.order_id
left join states on summed.source = states.source and summed.order_id = states.order_id
left join paid on summed.source = paid.source and summed.order_id = paid.order_id
left join refunded on summed.source = refunded.source and summed.order_id = refunded.order_id
left join shipped on summed.source = shipped.source and summed.order_id = shipped.order_id
left join marked on summed.order_key = marked.order_key;

create table fct_product_prices as
with changes as (
  select *, lag(list_price) over (partition by source, sku order by changed_at) as previous_price from product_states
),

spans as (
  select *, lead(changed_at) over (partition by source, sku order by changed_at) as next_change
  from changes where list_price is distinct from previous_price
)

select
  row_key('magento|' || sku) as product_key, store_key, 'magento' as system, spans.source, sku, changed_at as valid_from,
  coalesce(next_change, timestamp '9999-12-31') as valid_to, next_change is null as is_current, list_price, base_currency as currency,
  false as is_assumed
from spans
inner join dim_store on dim_store.system = 'magento' and spans.source = dim_store.source
where list_price is not null
union all
select
  row_key('magento|' || sku), store_key, 'magento', spans.source, sku, timestamp '1900-01-01', min(changed_at), false, null, base_currency, true
from spans
inner join dim_store on dim_store.system = 'magento' and spans.source = dim_store.source
where list_price is not null
group by all;

create temp table specials as
select * from (values (-1::bigint, 'Unknown'), (-2, 'Not applicable'), (-3, 'Erased')) as members (member_key, label);

create table dim_product as
with mentioned as (
  select
    upper(stock_code) as sku, stock_code,
    min(order_date) filter (quantity > 0 and unit_price > 0) as first_sold_date,
    max(order_date) filter (quantity > 0 and unit_price > 0) as last_sold_date
  from lines inner join orders using (source, order_id)
  where line_type = 'product'
  group by stock_code
  union all
  select distinct upper(stock_code), stock_code, null, null from return_lines where line_type = 'product'
),

sold as (
  select sku, min(first_sold_date) as first_sold_date, max(last_sold_date) as last_sold_date, count(distinct stock_code)::integer as stock_code_spellings
  from mentioned group by all
),

first_listed as (
  select * from catalogue qualify row_number() over (partition by sku order by is_listed desc, changed_at desc, source) = 1
),

catalogues as (
  select * from read_csv('{seeds}/catalogues.csv')
),

products as (
  select 'magento' as system, sku from sold
  union
  select 'magento', sku from first_listed
  union
  select coalesce(catalogue, stock.system), sku
  from stock_versions as stock
  left join catalogues using (system, source)
  where _operation = 'upsert' and quantity is not null
)

select
  row_key(products.system || '|' || products.sku) as product_key, products.system, products.sku, name as description, type_id as product_type,
  parent_sku, list_price, case when list_price is not null then currency end as currency, first_sold_date, last_sold_date,
  coalesce(stock_code_spellings, 0) as stock_code_spellings
from products
left join sold on products.system = 'magento' and products.sku = sold.sku
left join first_listed on products.system = 'magento' and products.sku = first_listed.sku
union all
select member_key, null, null, label, null, null, null, null, null, null, null from specials;

create table dim_product_history as
with days as (
  select
    store_key, product_states.source, sku, name, list_price, base_currency, local_date(changed_at, time_zone) as day
  from product_states
  inner join dim_store on dim_store.system = 'magento' and product_states.source = dim_store.source
  where product_states.is_listed
  qualify row_number() over (partition by store_key, sku, day order by changed_at desc) = 1
),

compared as (
  select
    *, lag(day) over known as previous_day, lag(name) over known as previous_name, lag(list_price) over known as previous_price
  from days
  window known as (partition by store_key, sku order by day)
),

changes as (
  select *, lead(day) over (partition by store_key, sku order by day) as next_day
  from compared
  where previous_day is null or name is distinct from previous_name or list_price is distinct from previous_price
),

traded as (
  select product_key, store_key, system, source, sku from fct_order_lines where product_key >= 0
  union
  select product_key, store_key, system, source, sku from fct_return_lines where product_key >= 0
  union all
  select member_key, store_key, system, source, null from specials cross join dim_store
)

select
  row_key('magento|' || sku) as product_key, store_key, 'magento' as system, source, sku, day as valid_from,
  coalesce(next_day - 1, date '9999-12-31') as valid_to, next_day is null as is_current, name as description, list_price, base_currency as currency,
  false as is_assumed
from changes
union all
select
  row_key('magento|' || sku), store_key, 'magento', source, sku, date '1900-01-01', day - 1, false, name, null, base_currency, true
from changes
where previous_day is null
union all
select
  product_key, store_key, traded.system, traded.source, traded.sku, date '1900-01-01', date '9999-12-31', true, description, null, base_currency, true
from traded
inner join dim_store using (store_key)
left join dim_product using (product_key)
where not exists (select 1 from changes where row_key('magento|' || changes.sku) = traded.product_key and changes.store_key = traded.store_key);

create temp table customers as
select
  source, _record_key, nth, make_timestamp(epoch_us(_record_at)) as changed_at,
  unnest(from_json(_document, '{"id": "VARCHAR", "group_id": "VARCHAR", "created_at": "TIMESTAMP", "addresses": [{"country_id": "VARCHAR"}], "extension_attributes": {"is_subscribed": "BOOLEAN"}}'))
from bronze('magento__customers')
where _operation = 'upsert';

create table dim_customer as
with bought as (
  select
    source, customer_id, ship_country, ordered_at, case when quantity_canceled = 0 or quantity_canceled < quantity then order_date end as sold_on
  from lines inner join orders using (source, order_id)
),

buyers as (
  select
    source, customer_id, max_by(ship_country, row(ordered_at, ship_country)) filter (ship_country is not null) as country_code,
    min(sold_on) as first_order_date, max(sold_on) as last_order_date
  from bought
  group by all
),

accounts as (
  select source, id as customer_id, group_id, created_at as registered_at, addresses[1].country_id as country from customers where nth = 1
)

select
  row_key(concat_ws('|', 'magento', source, customer_id)) as customer_key, 'magento' as system, source, customer_id, customer_id as customer_label,
  case when accounts.registered_at is not null then false when customer_id like 'guest-%' then true end as is_guest,
  group_id as customer_group_id, registered_at, coalesce(country_code, country) as country_code, first_order_date, last_order_date
from buyers
full join accounts using (source, customer_id)
union all
select member_key, null, null, null, label, null, null, null, null, null, null from specials;

create table dim_customer_history as
with days as (
  select
    source, id as customer_id, group_id, addresses[1].country_id as country, extension_attributes.is_subscribed as is_subscribed,
    local_date(changed_at, time_zone) as day
  from customers
  inner join (select source, min(time_zone) as time_zone from dim_store where system = 'magento' group by all) using (source)
  qualify row_number() over (partition by source, id, day order by changed_at desc, nth) = 1
),

compared as (
  select
    *, lag(day) over known as previous_day, lag(group_id) over known as previous_group, lag(country) over known as previous_country,
    lag(is_subscribed) over known as previous_subscription
  from days
  window known as (partition by source, customer_id order by day)
),

changes as (
  select *, lead(day) over (partition by source, customer_id order by day) as next_day
  from compared
  where
    previous_day is null or group_id is distinct from previous_group or country is distinct from previous_country
    or is_subscribed is distinct from previous_subscription
)

select
  row_key(concat_ws('|', 'magento', source, customer_id)) as customer_key, 'magento' as system, source, customer_id, day as valid_from,
  coalesce(next_day - 1, date '9999-12-31') as valid_to, next_day is null as is_current, group_id as customer_group_id, country as country_code, is_subscribed,
  false as is_assumed
from changes
union all
select
  row_key(concat_ws('|', 'magento', source, customer_id)), 'magento', source, customer_id, date '1900-01-01', day - 1, false, group_id, country,
  is_subscribed, true
from changes
where previous_day is null
union all
select customer_key, system, source, customer_id, date '1900-01-01', date '9999-12-31', true, customer_group_id, country_code, null, true
from dim_customer
where customer_key not in (select row_key(concat_ws('|', 'magento', source, customer_id)) from changes);

create table mart_daily_sales as
with signed as (
  select
    order_date, store_key, order_key, line_type, is_revenue as is_sale, false as is_refund, quantity, quantity_canceled, net_amount_base,
    canceled_net_amount_base, net_amount, net_amount_reporting, canceled_net_amount_reporting
  from fct_order_lines
  union all
  select
    order_date, store_key, order_key, line_type, false, is_revenue, quantity, 0, net_amount_base, 0, net_amount, net_amount_reporting, 0
  from fct_return_lines
),

daily as (
  select
    order_date, store_key, count(distinct order_key) filter (is_sale) as orders, count(*) filter (is_sale) as order_lines,
    count(*) filter (is_refund) as return_lines,
    coalesce(sum(quantity) filter (line_type = 'product' and quantity > 0), 0)::decimal(18, 4) as units_sold,
    coalesce(sum(-quantity) filter (line_type = 'product' and quantity < 0), 0)::decimal(18, 4) as units_returned,
    coalesce(sum(quantity_canceled) filter (line_type = 'product'), 0)::decimal(18, 4) as units_canceled,
    sum_of_known(net_amount_base, is_sale) as revenue,
    sum_of_known(-net_amount_base, is_refund) as returned_revenue,
    sum_of_known(canceled_net_amount_base, is_sale) as canceled_revenue,
    sum_of_known(net_amount_base - canceled_net_amount_base, is_sale or is_refund) as revenue_after_returns,
    sum_of_known(net_amount_reporting, is_sale) as revenue_reporting,
    sum_of_known(-net_amount_reporting, is_refund) as returned_revenue_reporting,
    sum_of_known(canceled_net_amount_reporting, is_sale) as canceled_revenue_reporting,
    sum_of_known(net_amount_reporting - canceled_net_amount_reporting, is_sale or is_refund) as revenue_after_returns_reporting,
    count(*) filter (net_amount is not null and net_amount_base is null) as lines_without_base_rate,
    count(*) filter (net_amount is not null and net_amount_reporting is null) as lines_without_rate
  from signed
  group by all
)

select
  order_date, store_key, system, source, orders, order_lines, return_lines, units_sold, units_returned, units_canceled, base_currency, revenue,
  returned_revenue, canceled_revenue, revenue_after_returns,
  0::decimal(18, 4) as discount_lines_amount, 'EUR' as reporting_currency, revenue_reporting, returned_revenue_reporting, canceled_revenue_reporting,
  revenue_after_returns_reporting,
  0::decimal(18, 4) as discount_lines_amount_reporting, lines_without_base_rate, lines_without_rate
from daily
inner join dim_store using (store_key);

create table mart_product_performance as
with signed as (
  select
    order_date, store_key, product_key, order_key, customer_key, quantity, net_amount, net_amount_base, net_amount_reporting, quantity_canceled,
    canceled_net_amount_base, canceled_net_amount_reporting, false as is_return
  from fct_order_lines where line_type = 'product'
  union all
  select order_date, store_key, product_key, order_key, customer_key, quantity, net_amount, net_amount_base, net_amount_reporting, 0, 0, 0, true
  from fct_return_lines where line_type = 'product'
),

monthly as (
  select
    product_key, store_key, date_trunc('month', order_date)::date as month_start,
    count(distinct order_key) filter (not is_return) as orders,
    count(distinct customer_key) filter (not is_return and customer_key > 0) as customers,
    coalesce(sum(quantity) filter (not is_return), 0)::decimal(18, 4) as units_sold,
    coalesce(sum(-quantity) filter (is_return), 0)::decimal(18, 4) as units_returned,
    coalesce(sum(quantity_canceled) filter (not is_return), 0)::decimal(18, 4) as units_canceled,
    sum_of_known(net_amount_base, not is_return) as revenue,
    sum_of_known(-net_amount_base, is_return) as returned_revenue,
    sum_of_known(canceled_net_amount_base, not is_return) as canceled_revenue,
    sum(net_amount_base - canceled_net_amount_base)::decimal(18, 4) as revenue_after_returns,
    sum_of_known(net_amount_reporting, not is_return) as revenue_reporting,
    sum_of_known(-net_amount_reporting, is_return) as returned_revenue_reporting,
    sum_of_known(canceled_net_amount_reporting, not is_return) as canceled_revenue_reporting,
    sum(net_amount_reporting - canceled_net_amount_reporting)::decimal(18, 4) as revenue_after_returns_reporting,
    count(*) filter (net_amount is not null and net_amount_base is null) as lines_without_base_rate,
    count(*) filter (net_amount is not null and net_amount_reporting is null) as lines_without_rate,
    count(*) as line_count
  from signed
  group by all
)

select
  product_key, store_key, month_start, dim_product.sku, description, orders, customers, line_count, units_sold, units_returned, units_canceled,
  part(units_returned, 1, nullif(units_sold, 0)) as return_rate, base_currency, revenue, returned_revenue, canceled_revenue,
  revenue_after_returns, 'EUR' as reporting_currency, revenue_reporting,
  returned_revenue_reporting, canceled_revenue_reporting,
  revenue_after_returns_reporting, lines_without_base_rate, lines_without_rate
from monthly
inner join dim_product using (product_key)
inner join dim_store using (store_key);
