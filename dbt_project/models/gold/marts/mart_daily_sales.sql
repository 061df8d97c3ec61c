-- one row per store and day on which it sold anything or took anything back
{% set key = ['store_key', 'order_date'] -%}
{{ config(**merge_on_athena(key, stated='lines_without_rate')) }}

{% set months = changed_months([ref('fct_order_lines'), ref('fct_return_lines')]) -%}
with order_lines as (
  select * from {{ ref('fct_order_lines') }}
  where {{ in_months('order_date', months) }}
),

return_lines as (
  select * from {{ ref('fct_return_lines') }}
  where {{ in_months('order_date', months) }}
),

stores as (
  select * from {{ ref('dim_store') }}
),

{% set columns = 'order_date, store_key, order_key, line_type, is_revenue, quantity, net_amount, net_amount_base, net_amount_reporting' -%}
{% set canceled = 'quantity_canceled, canceled_net_amount_base, canceled_net_amount_reporting' -%}
{% set nothing = 'cast(0 as ' ~ sql_type('decimal') ~ ')' -%}
lines as (
  select {{ columns }}, {{ canceled }}, false as is_return from order_lines
  union all
  select {{ columns }}, {{ nothing }}, {{ nothing }}, {{ nothing }}, true as is_return from return_lines
),

signed as (
  select
    *,
    is_revenue and not is_return as is_sale,
    is_revenue and is_return as is_refund,
    line_type = 'discount' as is_discount
  from lines
),

daily as (
  select
    order_date,
    store_key,
    count(distinct case when is_sale then order_key end) as orders,
    count(case when is_sale then 1 end) as order_lines,
    count(case when is_refund then 1 end) as return_lines,
    sum(case when line_type = 'product' and not is_return then quantity else 0 end) as units_sold,
    sum(case when line_type = 'product' and is_return then -quantity else 0 end) as units_returned,
    sum(case when line_type = 'product' and not is_return then quantity_canceled else 0 end) as units_canceled,
    {%- for side, ending in [('_base', ''), ('_reporting', '_reporting')] %}
    {{ sum_of_known('net_amount' ~ side, 'is_sale') }} as revenue{{ ending }},
    {{ sum_of_known('-net_amount' ~ side, 'is_refund') }} as returned_revenue{{ ending }},
    {{ sum_of_known('canceled_net_amount' ~ side, 'is_sale') }} as canceled_revenue{{ ending }},
    {{ sum_of_known('net_amount' ~ side ~ ' - canceled_net_amount' ~ side, 'is_revenue') }} as revenue_after_returns{{ ending }},
    {{ sum_of_known('net_amount' ~ side, 'is_discount') }} as discount_lines_amount{{ ending }},
    {%- endfor %}
    count(case when net_amount is not null and net_amount_base is null then 1 end) as lines_without_base_rate,
    count(case when net_amount is not null and net_amount_reporting is null then 1 end) as lines_without_rate
  from signed
  group by order_date, store_key
),

final as (
  select
    ---------- ids
    daily.order_date,
    daily.store_key,
    stores.system,
    stores.source,

    ---------- counts
    daily.orders,
    daily.order_lines,
    daily.return_lines,
    cast(daily.units_sold as decimal(18, 4)) as units_sold,
    cast(daily.units_returned as decimal(18, 4)) as units_returned,
    cast(daily.units_canceled as decimal(18, 4)) as units_canceled,

    ---------- amounts in the store's base currency
    stores.base_currency,
    cast(daily.revenue as decimal(18, 4)) as revenue,
    cast(daily.returned_revenue as decimal(18, 4)) as returned_revenue,
    cast(daily.canceled_revenue as decimal(18, 4)) as canceled_revenue,
    cast(daily.revenue_after_returns as decimal(18, 4)) as revenue_after_returns,
    cast(daily.discount_lines_amount as decimal(18, 4)) as discount_lines_amount,

    ---------- the same in the reporting currency
    cast('{{ var("reporting_currency") }}' as varchar) as reporting_currency,
    cast(daily.revenue_reporting as decimal(18, 4)) as revenue_reporting,
    cast(daily.returned_revenue_reporting as decimal(18, 4)) as returned_revenue_reporting,
    cast(daily.canceled_revenue_reporting as decimal(18, 4)) as canceled_revenue_reporting,
    cast(daily.revenue_after_returns_reporting as decimal(18, 4)) as revenue_after_returns_reporting,
    cast(daily.discount_lines_amount_reporting as decimal(18, 4)) as discount_lines_amount_reporting,
    daily.lines_without_base_rate,
    daily.lines_without_rate
  from daily
  inner join stores on daily.store_key = stores.store_key
)

{{ with_deleted_keys('final', key, 'order_date', months) }}
