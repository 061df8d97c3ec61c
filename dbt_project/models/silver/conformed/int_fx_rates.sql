-- one row per currency and day it was quoted on, in units per euro; the history's rate counts before the daily file's
{{ config(materialized='table') }}

with history as (
  select * from {{ ref('stg_ecb_fx__history_rates') }} where _errors is null
),

daily as (
  select * from {{ ref('stg_ecb_fx__daily_rates') }} where _errors is null
),

versions as (
  select 'history_rates' as entity, 1 as precedence, history.* from history
  union all
  select 'daily_rates' as entity, 2 as precedence, daily.* from daily
),

-- A day's newest version states all its currencies: one that it leaves out is gone, and a deleted day states none.
newest as (
  select
    *,
    rank() over (partition by entity, _record_key order by _sequence desc, _position desc) as version_nth
  from versions
),

rates as (
  select
    *,
    row_number() over (partition by currency, rate_date order by precedence, _sequence desc, _position desc) as nth
  from newest
  where version_nth = 1 and currency is not null and rate > 0
)

select currency, rate_date, rate, entity, source, _record_key, _sequence, _pull_id
from rates
where nth = 1
