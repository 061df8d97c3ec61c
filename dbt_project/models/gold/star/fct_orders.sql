-- one row per order, without returns: its sums, and how far it came and when, where its system tells
{{ config(materialized='table', partitioned_by=by_month('order_date')) }}

{% set is_shipping = "line_type = 'postage'" -%}
{% set is_goods = "line_type <> 'postage'" -%}

with order_lines as (
  select
    *,
    product_key <> -2 as has_product
  from {{ ref('fct_order_lines') }}
),

courses as (
  select * from {{ ref('int_orders') }}
),

summed as (
  select
    order_key,
    min(system) as system,
    min(source) as source,
    min(order_id) as order_id,
    min(order_date) as order_date,
    min(ordered_at) as ordered_at,
    min(store_key) as store_key,
    -- A known customer counts before an unknown one.
    max(customer_key) as customer_key,
    min(ship_country) as ship_country,
    min(ship_country_name) as ship_country_name,
    count(*) as line_count,
    cast(sum(case when has_product then quantity else 0 end) as {{ sql_type('decimal') }}) as quantity,
    cast(sum(case when has_product then quantity_canceled else 0 end) as {{ sql_type('decimal') }}) as quantity_canceled,
    min(currency) as currency,
    min(base_currency) as base_currency,
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
    min(reporting_currency) as reporting_currency
  from order_lines
  group by order_key
)

select
  summed.*,
  coalesce(courses.order_number, summed.order_id) as order_number,
  courses.state,
  courses.status,
  courses.coupon_code,
  courses.is_guest,
  {%- for side in ['', '_base'] %}
  courses.invoiced_amount{{ side }},
  courses.refunded_amount{{ side }},
  cast(courses.invoiced_amount{{ side }} - courses.refunded_amount{{ side }} as {{ sql_type('decimal') }}) as kept_amount{{ side }},
  courses.canceled_amount{{ side }},
  {%- endfor %}
  courses.paid_at,
  courses.fully_paid_at,
  courses.shipped_at,
  courses.fully_shipped_at,
  courses.delivered_at,
  courses.refunded_at,
  courses.fully_refunded_at,
  courses.canceled_at,
  {{ hours_between('summed.ordered_at', 'courses.paid_at') }} as hours_to_payment,
  {{ hours_between('courses.paid_at', 'courses.shipped_at') }} as hours_to_shipment,
  {{ hours_between('courses.shipped_at', 'courses.delivered_at') }} as hours_to_delivery,
  {{ hours_between('summed.ordered_at', 'courses.delivered_at') }} as hours_to_completion
from summed
left join courses on summed.order_key = courses.order_key
