-- one row per returned line: negative, dated on the refund, linked to the sold line that it takes back
{{ config(partitioned_by=by_month('order_date', within=['system']), **merge_with_tombstones(merge_key('order_line_key', 'order_id'))) }}

{% set with_another_match %}
  select matches.order_line_key
  from {{ ref('int_return_matches') }} as matches
  inner join {{ this }} as this on matches.order_line_key = this.order_line_key
  where
    matches.returned_order_id is distinct from this.returned_order_id
    or matches.match_method is distinct from this.match_method
    or matches.matched_quantity is distinct from this.matched_quantity
    or matches.returned_order_line_key is distinct from this.returned_order_line_key
    or (matches.customer_id is not null and {{ surrogate_key(['this.system', 'this.source', 'matches.customer_id']) }} <> this.customer_key)
    or (matches.ship_country is not null and matches.ship_country is distinct from this.ship_country)
{% endset %}

with facts as (
  {{ order_line_facts(is_return=true, also_touched=with_another_match) }}
),

matches as (
  select * from {{ ref('int_return_matches') }}
)

select
  facts.system,
  facts.source,
  facts.order_id,
  facts.order_line_id,
  facts.order_line_key,
  facts.order_key,
  facts.order_date,
  facts.ordered_at,
  facts.store_key,
  facts.product_key,
  case
    when matches.customer_id is not null then {{ surrogate_key(['facts.system', 'facts.source', 'matches.customer_id']) }}
    else facts.customer_key
  end as customer_key,
  facts.sku,
  facts.line_type,
  facts.is_revenue,
  facts.quantity,
  facts.unit_price,
  facts.currency,
  facts.gross_amount,
  facts.discount_amount,
  facts.net_amount,
  facts.tax_amount,
  facts.base_currency,
  facts.gross_amount_base,
  facts.discount_amount_base,
  facts.net_amount_base,
  facts.tax_amount_base,
  facts.reporting_currency,
  facts.gross_amount_reporting,
  facts.discount_amount_reporting,
  facts.net_amount_reporting,
  facts.tax_amount_reporting,
  facts.fx_rate_stated,
  facts.fx_rate_from,
  facts.fx_rate_base,
  facts.fx_rate_to,
  facts.fx_rate_date,
  facts.fx_path,
  coalesce(facts.ship_country, matches.ship_country) as ship_country,
  facts.ship_country_name,
  matches.returned_order_line_key,
  matches.returned_order_id,
  matches.match_method,
  matches.matched_quantity,
  facts.is_gone as _is_deleted,
  facts._sequence,
  facts._lookups
from facts
left join matches on facts.order_line_key = matches.order_line_key
