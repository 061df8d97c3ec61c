-- Fails when UCI's own figures do not come out of ledger and gold, exactly: then a line was lost, doubled or changed on
-- its way. It speaks only where all of Online Retail landed as source `uk`, and nothing of it was corrected since.
{{ config(tags=['uci']) }}

with lines as (
  select order_id, customer_key, ship_country, line_type, is_revenue, quantity, net_amount, false as is_return
  from {{ ref('fct_order_lines') }}
  where system = 'online_retail' and source = 'uk'
  union all
  select order_id, customer_key, ship_country, line_type, is_revenue, quantity, net_amount, true as is_return
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
    sum(net_amount) as net_amount,
    sum(case when is_revenue and not is_return then net_amount end) as revenue,
    -sum(case when is_revenue and is_return then net_amount end) as returned_revenue,
    sum(case when is_revenue then net_amount end) as revenue_after_returns
  from lines
),

ledger as (
  select sum(records_read) as lines_read, sum(records_landed) as lines_landed, sum(records_deleted) as lines_deleted
  from {{ ref('pulls') }}
  where status = 'completed' and system = 'online_retail' and source = 'uk' and entity = 'invoice_lines'
),

expected as (
  select stated.figure, stated.expected
  from (
    values
    {%- for figure, number in [
      ('lines read', 541909), ('order lines', 532621), ('return lines', 9288), ('stock adjustments', 1336), ('invoices', 25900),
      ('orders', 22064), ('customers', 4372), ('customers of orders', 4339), ('countries', 38), ('net amount', 9747747.934),
      ('revenue', 10562834.713), ('returned revenue', 490663.71), ('revenue after returns', 10072171.003),
    ] %}
    ('{{ figure }}', cast({{ number }} as {{ sql_type('decimal') }})){{ ',' if not loop.last }}
    {%- endfor %}
  ) as stated (figure, expected)
),

-- Beside each other, not one query for each: Athena would count all lines for each.
figures as (
  select
    expected.figure,
    expected.expected,
    case expected.figure
      {%- for column in [
        'lines read', 'order lines', 'return lines', 'stock adjustments', 'invoices', 'orders', 'customers', 'customers of orders',
        'countries', 'net amount', 'revenue', 'returned revenue', 'revenue after returns',
      ] %}
      when '{{ column }}' then cast({{ 'ledger' if column == 'lines read' else 'counted' }}.{{ column | replace(' ', '_') }} as {{ sql_type('decimal') }})
      {%- endfor %}
    end as found
  from expected
  cross join counted
  cross join ledger
)

select figures.figure, figures.expected, figures.found
from figures
cross join ledger
where ledger.lines_landed = 541909 and ledger.lines_deleted = 0 and figures.found is distinct from figures.expected
