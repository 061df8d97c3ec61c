-- one row per order, without returns: its sums, and how far it came and when, where its system tells
{{ config(partitioned_by=by_month('order_date'), **merge_on_duckdb('order_key')) }}

{% set lines = ref('fct_order_lines') -%}
{% set all_lines = ref('int_order_lines') -%}
{% set courses = ref('int_orders') -%}
{% set is_shipping = "line_type = 'postage'" -%}
{% set is_goods = "line_type <> 'postage'" -%}
{% set rates = ['fx_rate_from', 'fx_rate_base', 'fx_rate_to'] -%}
{% set alike = [
  'system', 'source', 'order_date', 'ordered_at', 'store_key', 'ship_country', 'ship_country_name', 'currency', 'base_currency',
  'reporting_currency',
] + rates -%}
{% set course = [
  'state', 'status', 'coupon_code', 'is_guest', 'invoiced_amount', 'refunded_amount', 'canceled_amount', 'invoiced_amount_base',
  'refunded_amount_base', 'canceled_amount_base', 'paid_at', 'fully_paid_at', 'shipped_at', 'fully_shipped_at', 'delivered_at',
  'refunded_at', 'fully_refunded_at', 'canceled_at',
] -%}

{% if is_incremental() %}
with lookups as (
  select max(_lookups) as fingerprint from {{ lines }}
),

watermarks as (
  {{ watermarks('lookups') }}
),

touched as (
  -- What is gone is still among silver's lines.
  select {{ surrogate_key(['lines.system', 'lines.source', 'lines.order_id']) }} as order_key, lines.order_id
  from {{ all_lines }} as lines
  left join watermarks on lines.system = watermarks.system
  where lines._sequence > coalesce(watermarks.sequence, 0) and lines.order_id is not null
  union
  -- Rates of its day are others now, or it has lines of several days, whose rates it does not tell.
  select this.order_key, this.order_id
  from {{ this }} as this
  inner join {{ lines }} as lines on this.order_key = lines.order_key
  where this.order_date <> lines.order_date{% for rate in rates %} or this._{{ rate }} is distinct from lines.{{ rate }}{% endfor %}
  union
  select this.order_key, this.order_id
  from {{ this }} as this
  left join {{ courses }} as courses on this.order_key = courses.order_key
  where this.order_number <> coalesce(courses.order_number, this.order_id){% for column in course %} or this.{{ column }} is distinct from courses.{{ column }}{% endfor %}
),

{% else %}
with
{% endif %}
order_lines as (
  {% if is_incremental() %}
  select lines.*, touched.order_key as made_order_key, touched.order_id as made_order_id
  from touched
  left join {{ lines }} as lines on touched.order_key = lines.order_key
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
    count(order_line_key) as line_count,
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
