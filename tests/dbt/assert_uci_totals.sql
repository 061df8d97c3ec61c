-- Fails when UCI's own figures do not come out of ledger and gold, exactly: then a line was lost, doubled or changed on
-- its way. It speaks only where all of Online Retail landed as source `uk`, and nothing of it was corrected since.
{{ config(tags=['uci']) }}

with lines as (
  select order_id, customer_key, ship_country, line_type, quantity, net_amount, false as is_return
  from {{ ref('fct_order_lines') }}
  where system = 'online_retail' and source = 'uk'
  union all
  select order_id, customer_key, ship_country, line_type, quantity, net_amount, true as is_return
  from {{ ref('fct_return_lines') }}
  where system = 'online_retail' and source = 'uk'
),

counted as (
  select
    count(case when not is_return then 1 end) as order_lines,
    count(case when is_return then 1 end) as return_lines,
    count(case when line_type = 'stock_adjustment' then 1 end) as stock_adjustments,
    count(distinct order_id) as invoices,
    count(distinct case when not is_return then order_id end) as orders,
    count(distinct case when customer_key > 0 then customer_key end) as customers,
    count(distinct case when customer_key > 0 and not is_return then customer_key end) as customers_of_orders,
    count(distinct ship_country) as countries,
    sum(net_amount) as net_amount
  from lines
),

ledger as (
  select sum(records_read) as lines_read, sum(records_landed) as lines_landed, sum(records_deleted) as lines_deleted
  from {{ ref('pulls') }}
  where status = 'completed' and system = 'online_retail' and source = 'uk' and entity = 'invoice_lines'
),

figures as (
  select 'lines read' as figure, 541909 as expected, cast(lines_read as decimal(18, 4)) as found from ledger
  union all
  select 'order lines' as figure, 532621 as expected, cast(order_lines as decimal(18, 4)) as found from counted
  union all
  select 'return lines' as figure, 9288 as expected, cast(return_lines as decimal(18, 4)) as found from counted
  union all
  select 'stock adjustments' as figure, 1336 as expected, cast(stock_adjustments as decimal(18, 4)) as found from counted
  union all
  select 'invoices' as figure, 25900 as expected, cast(invoices as decimal(18, 4)) as found from counted
  union all
  select 'orders' as figure, 22064 as expected, cast(orders as decimal(18, 4)) as found from counted
  union all
  select 'customers' as figure, 4372 as expected, cast(customers as decimal(18, 4)) as found from counted
  union all
  select 'customers of orders' as figure, 4339 as expected, cast(customers_of_orders as decimal(18, 4)) as found from counted
  union all
  select 'countries' as figure, 38 as expected, cast(countries as decimal(18, 4)) as found from counted
  union all
  select 'net amount' as figure, 9747747.934 as expected, cast(net_amount as decimal(18, 4)) as found from counted
)

select figures.figure, figures.expected, figures.found
from figures
cross join ledger
where ledger.lines_landed = 541909 and ledger.lines_deleted = 0 and figures.found is distinct from figures.expected
