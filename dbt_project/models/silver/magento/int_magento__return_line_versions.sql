-- one row per version of a credit memo and line of it: an item, the shipping, what was given or kept beyond; and one
-- row more a version, without a line, so that a memo that is taken back has a version as well
{{ config(materialized='incremental', incremental_strategy='append') }}

with memos as (
  select *
  from {{ ref('stg_magento__credit_memos') }}
  {% if is_incremental() %}
  where _sequence > (select coalesce(max(this._sequence), 0) from {{ this }} as this)
  {% endif %}
),

items as (
  select *
  from {{ ref('stg_magento__credit_memo_items') }}
  {% if is_incremental() %}
  where _sequence > (select coalesce(max(this._sequence), 0) from {{ this }} as this)
  {% endif %}
),

-- Half a memo is none: where its head or one item cannot be read, the version before it stands.
refused as (
  select _sequence, _position from items where _errors is not null
  union
  select _sequence, _position from memos where _errors is not null
),

shipped as (
  {{ memos_with_rests('memos', 'items') }}
),

{% set memo = ', store_id, credit_memo_id, order_id, refunded_at, currency, base_currency, fx_rate_stated, state' -%}
{% set header = envelope() ~ memo -%}
{% set amounts = stated_columns() -%}
{% set one = 'cast(1 as ' ~ sql_type('decimal') ~ ')' -%}
{% set nothing = 'cast(0 as ' ~ sql_type('decimal') ~ ')' -%}
lines as (
  -- Rows without a sum of their own are the other half of a product: its parent's or its child's row has the money.
  select
    {{ header }},
    credit_memo_item_id as line_id, order_item_id, 'product' as line_type, sku, product_name as description, quantity, unit_price,
    {{ amounts | join(', ') }}
  from items
  where gross_amount is not null

  union all

  select
    {{ header }},
    'shipping' as line_id, 'shipping' as order_item_id, 'postage' as line_type, 'shipping' as sku, null as description,
    {{ one }} as quantity, shipping_amount as unit_price,
    shipping_amount, shipping_amount_base, rest_discount_amount, rest_discount_amount_base, rest_discount_tax_amount, rest_discount_tax_amount_base,
    shipping_tax_amount, shipping_tax_amount_base, {{ nothing }}, {{ nothing }}
  from shipped
  where shipping_amount <> 0

  {% for line, type, sign in [('adjustment_positive', 'goodwill', ''), ('adjustment_negative', 'fee', '-')] %}
  union all

  select
    {{ header }},
    '{{ line }}' as line_id, null as order_item_id, '{{ type }}' as line_type, '{{ line }}' as sku, null as description,
    {{ one }} as quantity, {{ sign }}{{ line }} as unit_price,
    {{ sign }}{{ line }}, {{ sign }}{{ line }}_base{{ (', ' ~ nothing) * 8 }}
  from memos
  where {{ line }} <> 0
  {% endfor %}
),

versions as (
  select * from lines where state is distinct from 3 and not _is_deleted

  union all

  select
    {{ header }},
    null as {{ (['line_id', 'order_item_id', 'line_type', 'sku', 'description', 'quantity', 'unit_price'] + amounts) | join(', null as ') }}
  from memos
)

select
  versions._record_key, 'magento' as system, versions.source, 'credit_memos' as entity,
  versions.store_id,
  -- As invoices that take back begin with C in other systems: orders and memos count from 1 each.
  'C' || versions.credit_memo_id as order_id,
  versions.line_id as order_line_id,
  case
    when versions.line_id is not null then {{ surrogate_key(["'magento'", 'versions.source', "'C' || versions.credit_memo_id", 'versions.line_id']) }}
  end as order_line_key,
  true as is_return, versions.order_id as returned_order_id, versions.order_item_id as returned_order_line_id,
  versions.line_type,
  upper(versions.sku) as sku, versions.sku as stock_code,
  cast(null as varchar) as parent_product_id,
  versions.description,
  cast(null as varchar) as customer_id, cast(null as varchar) as ship_country_name, cast(null as varchar) as ship_country,
  versions.refunded_at as clock_time, true as is_utc,
  versions.currency, versions.base_currency as base_currency_stated, versions.fx_rate_stated,
  cast(-versions.quantity as {{ sql_type('decimal') }}) as quantity,
  cast(0 as {{ sql_type('decimal') }}) as quantity_canceled,
  versions.unit_price,
  {{ stated_amounts('versions', sign='-') }},
  versions._is_deleted, coalesce(versions._record_at, versions._ingested_at) as _version_at, versions._sequence, versions._position
from versions
left join refused on versions._sequence = refused._sequence and versions._position = refused._position
where refused._sequence is null
