-- Fails when a day's rate is not the last quotation of the 7 days before it, or when a euro is not a euro: then amounts
-- are converted with rates that are too old, too new, or somebody else's.
with rates as (
  select * from {{ ref('fct_fx_rates') }}
),

quoted as (
  select * from {{ ref('int_fx_rates') }}
)

select rates.currency, rates.date_day, rates.rate_date, rates.rate
from rates
left join quoted on rates.currency = quoted.currency and rates.rate_date = quoted.rate_date
where
  rates.rate_date > rates.date_day
  or rates.rate_date < {{ add_days('rates.date_day', -7) }}
  or rates.is_carried <> (rates.rate_date < rates.date_day)
  or (rates.currency = 'EUR' and rates.rate <> 1)
  or (rates.currency <> 'EUR' and rates.rate is distinct from quoted.rate)
