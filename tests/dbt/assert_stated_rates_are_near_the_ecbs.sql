-- Warns of days on which a system reckoned its base amounts by a rate that is further from the ECB's of that day than the
-- variable stated_rate_bound allows: a rate table that nobody keeps makes every comparison of its stores wrong.
{{ config(severity='warn') }}

with stated as (
  select distinct system, source, order_date, currency, base_currency, fx_rate_stated, fx_rate_from, fx_rate_base
  from {{ ref('fct_order_lines') }}
  where fx_rate_stated is not null and currency <> base_currency
),

compared as (
  select
    *,
    cast(fx_rate_stated as double) / (cast(fx_rate_from as double) / cast(fx_rate_base as double)) - 1 as distance
  from stated
  where fx_rate_from > 0 and fx_rate_base > 0
)

select system, source, order_date, currency, base_currency, fx_rate_stated, fx_rate_from, fx_rate_base, distance
from compared
where abs(distance) > {{ var('stated_rate_bound') }}
