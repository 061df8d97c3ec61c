-- one row per currency and day with lines whose amounts could not be converted, because a rate was missing

with lines as (
  select currency, base_currency, reporting_currency, order_date, fx_rate_from, fx_rate_base, fx_rate_to
  from {{ ref('fct_order_lines') }}
  where currency <> base_currency or currency <> reporting_currency
  union all
  select currency, base_currency, reporting_currency, order_date, fx_rate_from, fx_rate_base, fx_rate_to
  from {{ ref('fct_return_lines') }}
  where currency <> base_currency or currency <> reporting_currency
),

needed as (
  select currency, order_date, fx_rate_from as rate, count(*) as line_count
  from lines
  group by currency, order_date, fx_rate_from
  union all
  select base_currency as currency, order_date, fx_rate_base as rate, count(*) as line_count
  from lines
  where currency <> base_currency
  group by base_currency, order_date, fx_rate_base
  union all
  select reporting_currency as currency, order_date, fx_rate_to as rate, count(*) as line_count
  from lines
  where currency <> reporting_currency
  group by reporting_currency, order_date, fx_rate_to
)

select currency, order_date, cast(sum(line_count) as bigint) as line_count
from needed
where rate is null
group by currency, order_date
