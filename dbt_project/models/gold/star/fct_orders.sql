-- one row per order, without returns: its sums, and how far it came and when, where its system tells
{{ config(partitioned_by=by_month('order_date', within=['system']), **merge_with_tombstones(merge_key('order_key', 'order_id'))) }}

{% set lines = ref('fct_order_lines') -%}
{% set all_lines = ref('int_order_lines') -%}
{% set courses = ref('int_order_lifecycle') -%}
{% set is_shipping = "line_type = 'postage'" -%}
{% set is_goods = "line_type <> 'postage'" -%}
{% set rates = ['fx_rate_from', 'fx_rate_base', 'fx_rate_to'] -%}
{% set alike = [
  'system', 'source', 'order_date', 'ordered_at', 'store_key', 'ship_country', 'ship_country_name', 'currency', 'base_currency',
  'reporting_currency',
] + rates -%}
{% set course = [
  'state', 'status', 'coupon_code', 'is_guest', 'stated_total_amount', 'prepaid_amount', 'stated_total_amount_base',
  'prepaid_amount_base', 'invoiced_amount', 'refunded_amount', 'canceled_amount', 'invoiced_amount_base',
  'refunded_amount_base', 'canceled_amount_base', 'paid_at', 'fully_paid_at', 'shipped_at', 'fully_shipped_at', 'delivered_at',
  'refunded_at', 'fully_refunded_at', 'canceled_at',
] -%}

-- depends_on: {{ ref('fct_fx_rates') }}
{% set lookups = line_lookups() -%}
with order_lines as (
  {% if is_incremental() %}
  {{ lines_of_touched_orders(lines, all_lines, courses, course, rates, lookups) }}
  {% else %}
  select *, order_key as made_order_key, order_id as made_order_id
  from {{ lines }}
  {% endif %}
),

summed as (
  select
    made_order_key as order_key,
    min(made_order_id) as order_id,
    {%- for column in alike %}
    min({{ column }}) as {{ '_' if column in rates }}{{ column }},
    {%- endfor %}
    -- A known customer counts before an unknown one.
    max(customer_key) as customer_key,
    count(case when line_type <> 'no_items' then order_line_key end) as line_count,
    cast(sum(case when product_key <> -2 then quantity else 0 end) as {{ sql_type('decimal') }}) as quantity,
    cast(sum(case when product_key <> -2 then quantity_canceled else 0 end) as {{ sql_type('decimal') }}) as quantity_canceled,
    {%- for side in ['', '_base', '_reporting'] %}
    {{ sum_if_known('gross_amount' ~ side, is_goods) }} as gross_amount{{ side }},
    {{ sum_if_known('discount_amount' ~ side, is_goods) }} as discount_amount{{ side }},
    {{ sum_if_known('net_amount' ~ side, is_goods) }} as net_amount{{ side }},
    {{ sum_if_known('tax_amount' ~ side, is_goods) }} as tax_amount{{ side }},
    {{ sum_if_known('gross_amount' ~ side, is_shipping) }} as shipping_amount{{ side }},
    {{ sum_if_known('discount_amount' ~ side, is_shipping) }} as shipping_discount_amount{{ side }},
    {{ sum_if_known('tax_amount' ~ side, is_shipping) }} as shipping_tax_amount{{ side }},
    {{ sum_if_known('net_amount' ~ side ~ ' + tax_amount' ~ side) }} as total_amount{{ side }},
    {%- endfor %}
    count(order_line_key) = 0 as _is_deleted,
    max(_sequence) as _sequence,
    max(_lookups) as _lookups
  from order_lines
  group by made_order_key
)

select
  summed.*,
  coalesce(courses.order_number, summed.order_id) as order_number,
  {%- for column in course %}
  courses.{{ column }},
  {%- endfor %}
  {%- for side in ['', '_base'] %}
  cast(courses.invoiced_amount{{ side }} - courses.refunded_amount{{ side }} as {{ sql_type('decimal') }}) as kept_amount{{ side }},
  {%- endfor %}
  {{ hours_between('summed.ordered_at', 'courses.paid_at') }} as hours_to_payment,
  {{ hours_between('courses.paid_at', 'courses.shipped_at') }} as hours_to_shipment,
  {{ hours_between('courses.shipped_at', 'courses.delivered_at') }} as hours_to_delivery,
  {{ hours_between('summed.ordered_at', 'courses.delivered_at') }} as hours_to_completion
from summed
left join {{ courses }} as courses on summed.order_key = courses.order_key
