-- one row per product, store and month in which it was sold or taken back
with order_lines as (
  select * from {{ ref('fct_order_lines') }}
  where line_type = 'product'
),

return_lines as (
  select * from {{ ref('fct_return_lines') }}
  where line_type = 'product'
),

products as (
  select * from {{ ref('dim_product') }}
),

stores as (
  select * from {{ ref('dim_store') }}
),

{% set columns = 'order_date, store_key, product_key, order_key, customer_key, quantity, net_amount, net_amount_base, net_amount_reporting' -%}
{% set canceled = 'quantity_canceled, canceled_net_amount_base, canceled_net_amount_reporting' -%}
{% set nothing = 'cast(0 as ' ~ sql_type('decimal') ~ ')' -%}
lines as (
  select {{ columns }}, {{ canceled }}, false as is_return from order_lines
  union all
  select {{ columns }}, {{ nothing }}, {{ nothing }}, {{ nothing }}, true as is_return from return_lines
),

monthly as (
  select
    product_key,
    store_key,
    cast(date_trunc('month', order_date) as date) as month_start,
    count(distinct case when not is_return then order_key end) as orders,
    count(distinct case when not is_return and customer_key > 0 then customer_key end) as customers,
    sum(case when not is_return then quantity else 0 end) as units_sold,
    sum(case when is_return then -quantity else 0 end) as units_returned,
    sum(case when not is_return then quantity_canceled else 0 end) as units_canceled,
    sum(case when not is_return then net_amount_base else 0 end) as revenue,
    sum(case when is_return then -net_amount_base else 0 end) as returned_revenue,
    sum(case when not is_return then canceled_net_amount_base else 0 end) as canceled_revenue,
    sum(case when not is_return then net_amount_reporting else 0 end) as revenue_reporting,
    sum(case when is_return then -net_amount_reporting else 0 end) as returned_revenue_reporting,
    sum(case when not is_return then canceled_net_amount_reporting else 0 end) as canceled_revenue_reporting,
    count(case when net_amount is not null and net_amount_reporting is null then 1 end) as lines_without_rate
  from lines
  group by product_key, store_key, cast(date_trunc('month', order_date) as date)
),

final as (
  select
    ---------- ids
    monthly.product_key,
    monthly.store_key,
    monthly.month_start,
    products.sku,
    products.description,

    ---------- counts
    monthly.orders,
    monthly.customers,
    cast(monthly.units_sold as decimal(18, 4)) as units_sold,
    cast(monthly.units_returned as decimal(18, 4)) as units_returned,
    cast(monthly.units_canceled as decimal(18, 4)) as units_canceled,
    {{ divide('monthly.units_returned', 'monthly.units_sold') }} as return_rate,

    ---------- amounts in the store's base currency
    stores.base_currency,
    cast(monthly.revenue as decimal(18, 4)) as revenue,
    cast(monthly.returned_revenue as decimal(18, 4)) as returned_revenue,
    cast(monthly.canceled_revenue as decimal(18, 4)) as canceled_revenue,
    cast(monthly.revenue - monthly.canceled_revenue - monthly.returned_revenue as decimal(18, 4)) as revenue_after_returns,

    ---------- the same in the reporting currency
    cast('{{ var("reporting_currency") }}' as varchar) as reporting_currency,
    cast(monthly.revenue_reporting as decimal(18, 4)) as revenue_reporting,
    cast(monthly.returned_revenue_reporting as decimal(18, 4)) as returned_revenue_reporting,
    cast(monthly.canceled_revenue_reporting as decimal(18, 4)) as canceled_revenue_reporting,
    cast(
      monthly.revenue_reporting - monthly.canceled_revenue_reporting - monthly.returned_revenue_reporting as decimal(18, 4)
    ) as revenue_after_returns_reporting,
    monthly.lines_without_rate
  from monthly
  inner join products on monthly.product_key = products.product_key
  inner join stores on monthly.store_key = stores.store_key
)

select * from final
