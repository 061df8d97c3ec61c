-- one row per product, store and month in which it was sold or taken back
{% set key = ['product_key', 'store_key', 'month_start'] -%}
{{ config(**merge_on_athena(key, stated='line_count')) }}

{% set months = changed_months([ref('fct_order_lines'), ref('fct_return_lines')]) -%}
{% set made_of = ['line_count', '_sequence', '_lookups'] -%}
{% set held = previous_table(key + ['orders', 'customers'] + made_of) -%}
{% set month = "cast(date_trunc('month', order_date) as date) as month_start" -%}
{% set columns = 'store_key, product_key, quantity, net_amount, net_amount_base, net_amount_reporting, _sequence, _lookups' -%}
{% set canceled = 'quantity_canceled, canceled_net_amount_base, canceled_net_amount_reporting' -%}
{% set nothing = 'cast(0 as ' ~ sql_type('decimal') ~ ')' -%}
with lines as (
  select {{ columns }}, {{ month }}, {{ canceled }}, false as is_return
  from {{ ref('fct_order_lines') }}
  where line_type = 'product' and {{ in_months('order_date', months) }}
  union all
  select {{ columns }}, {{ month }}, {{ nothing }}, {{ nothing }}, {{ nothing }}, true as is_return
  from {{ ref('fct_return_lines') }}
  where line_type = 'product' and {{ in_months('order_date', months) }}
),

monthly as (
  select
    product_key, store_key, month_start,
    sum(case when not is_return then quantity else 0 end) as units_sold,
    sum(case when is_return then -quantity else 0 end) as units_returned,
    sum(case when not is_return then quantity_canceled else 0 end) as units_canceled,
    {%- for side in ['_base', '_reporting'] %}
    {{ sum_of_known('net_amount' ~ side, 'not is_return') }} as revenue{{ side }},
    {{ sum_of_known('-net_amount' ~ side, 'is_return') }} as returned_revenue{{ side }},
    {{ sum_of_known('canceled_net_amount' ~ side, 'not is_return') }} as canceled_revenue{{ side }},
    sum(net_amount{{ side }} - canceled_net_amount{{ side }}) as revenue_after_returns{{ side }},
    {%- endfor %}
    count(case when net_amount is not null and net_amount_base is null then 1 end) as lines_without_base_rate,
    count(case when net_amount is not null and net_amount_reporting is null then 1 end) as lines_without_rate,
    count(*) as line_count,
    max(_sequence) as _sequence,
    max(_lookups) as _lookups
  from lines
  group by product_key, store_key, month_start
),

-- What is counted, straight from the table: what is read twice by one name is kept in memory, all columns of it.
sold as (
  select product_key, store_key, order_key, customer_key, {{ month }}
  from {{ ref('fct_order_lines') }}
  where line_type = 'product' and {{ in_months('order_date', months) }}
),

{% if held %}
-- To count what is different takes five times as long as all sums. As many lines as before, none of them of a later
-- pull or made with other seeds, are the same lines: what comes has a later one, and what only goes leaves fewer.
unchanged as (
  select held.product_key, held.store_key, held.month_start, held.orders, held.customers
  from {{ held }} as held
  inner join monthly on held.product_key = monthly.product_key and held.store_key = monthly.store_key and held.month_start = monthly.month_start{% for column in made_of %} and held.{{ column }} = monthly.{{ column }}{% endfor %}
),

changed as (
  select monthly.product_key, monthly.store_key, monthly.month_start
  from monthly
  left join unchanged on monthly.product_key = unchanged.product_key and monthly.store_key = unchanged.store_key and monthly.month_start = unchanged.month_start
  where unchanged.product_key is null
),

{% endif %}
counted as (
  select
    sold.product_key, sold.store_key, sold.month_start,
    count(distinct sold.order_key) as orders,
    count(distinct case when sold.customer_key > 0 then sold.customer_key end) as customers
  from sold
  {%- if held %}
  inner join changed on sold.product_key = changed.product_key and sold.store_key = changed.store_key and sold.month_start = changed.month_start
  {%- endif %}
  group by sold.product_key, sold.store_key, sold.month_start
  {%- if held %}
  union all
  select * from unchanged
  {%- endif %}
),

final as (
  select
    monthly.product_key, monthly.store_key, monthly.month_start,
    products.sku, products.description,
    coalesce(counted.orders, 0) as orders, coalesce(counted.customers, 0) as customers, monthly.line_count,
    {%- for units in ['units_sold', 'units_returned', 'units_canceled'] %}
    cast(monthly.{{ units }} as {{ sql_type('decimal') }}) as {{ units }},
    {%- endfor %}
    {{ divide('monthly.units_returned', 'monthly.units_sold') }} as return_rate,
    stores.base_currency,
    cast('{{ var("reporting_currency") }}' as varchar) as reporting_currency,
    {%- for side, ending in [('_base', ''), ('_reporting', '_reporting')] %}
    {%- for amount in ['revenue', 'returned_revenue', 'canceled_revenue', 'revenue_after_returns'] %}
    cast(monthly.{{ amount }}{{ side }} as {{ sql_type('decimal') }}) as {{ amount }}{{ ending }},
    {%- endfor %}
    {%- endfor %}
    monthly.lines_without_base_rate, monthly.lines_without_rate, monthly._sequence, monthly._lookups
  from monthly
  left join counted on monthly.product_key = counted.product_key and monthly.store_key = counted.store_key and monthly.month_start = counted.month_start
  inner join {{ ref('dim_product') }} as products on monthly.product_key = products.product_key
  inner join {{ ref('dim_store') }} as stores on monthly.store_key = stores.store_key
)

{{ with_deleted_keys('final', key, 'month_start', months) }}
{{ with_changed_names(ref('dim_product'), 'product_key', ['sku', 'description'], 'month_start', months) }}
