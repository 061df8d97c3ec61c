-- one row per sold line, of all line types; lines of returns are in fct_return_lines
{{ config(partitioned_by=by_month('order_date', within=['system']), **merge_with_tombstones(merge_key('order_line_key', 'order_id'))) }}

{# A shop's number of a product becomes its SKU by what the catalogue says, which may come, or change, after the order. #}
{% set parents %}
  select
    system, source, product_id,
    case when product_type <> 'bundle' then sku end as parent_sku,
    case when product_type = 'bundle' then sku end as bundle_sku
  from (
    select
      system, source, product_id,
      max_by(sku, row(changed_at, sku)) as sku,
      coalesce(max_by(product_type, row(changed_at, sku)), '') as product_type
    from {{ ref('int_products') }}
    group by system, source, product_id
  ) as newest
{% endset %}
{# Of systems with a catalogue only: on Athena the lines of all others need not be looked through. #}
{% set listing = 'select distinct system from ' ~ ref('int_products') -%}
{% set listing = (query_to_in_list(listing) or listing) if is_incremental() -%}
{% set with_another_parent %}
  select this.order_line_key
  from {{ this }} as this
  inner join {{ ref('int_order_lines') }} as own on this.order_line_key = own.order_line_key and own.parent_product_id is not null
  left join ({{ parents }}) as parents
    on own.system = parents.system and own.source = parents.source and own.parent_product_id = parents.product_id
  where
    (this.parent_sku is distinct from parents.parent_sku or this.bundle_sku is distinct from parents.bundle_sku)
    and this.system in ({{ listing }})
{% endset %}

with facts as (
  {{ order_line_facts(is_return=false, also_touched=with_another_parent if listing != 'null') }}
),

parents as (
  {{ parents }}
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
  facts.customer_key,
  facts.sku,
  parents.parent_sku,
  parents.bundle_sku,
  facts.line_type,
  facts.is_revenue,
  facts.quantity,
  facts.quantity_canceled,
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
  {%- for side in ['', '_base', '_reporting'] %}
  case
    when facts.quantity_canceled = 0 then cast(0 as {{ sql_type('decimal') }})
    when facts.quantity_canceled = facts.quantity then facts.net_amount{{ side }}
    else {{ divide(multiply('facts.net_amount' ~ side, 'facts.quantity_canceled'), 'facts.quantity') }}
  end as canceled_net_amount{{ side }},
  {%- endfor %}
  facts.fx_rate_stated,
  facts.fx_rate_from,
  facts.fx_rate_base,
  facts.fx_rate_to,
  facts.fx_rate_date,
  facts.fx_path,
  facts.ship_country,
  facts.ship_country_name,
  facts.is_gone as _is_deleted,
  facts._sequence,
  facts._lookups
from facts
left join parents
  on facts.system = parents.system and facts.source = parents.source and facts.parent_product_id = parents.product_id
