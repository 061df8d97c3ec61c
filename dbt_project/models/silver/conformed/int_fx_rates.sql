-- one row per currency and day it was quoted on, in units per euro; the history's rate counts before the daily file's
{{ config(materialized='table') }}

with history as (
  select * from {{ ref('stg_ecb_fx__history_rates') }} where _errors is null
),

daily as (
  select * from {{ ref('stg_ecb_fx__daily_rates') }} where _errors is null
),

versions as (
  select 'history_rates' as entity, _record_key, currency, rate_date, rate, _sequence, _position from history
  union all
  select 'daily_rates' as entity, _record_key, currency, rate_date, rate, _sequence, _position from daily
),

-- A day's newest version states all its currencies: one that it leaves out is gone, and a deleted day states none.
days as (
  select
    entity, _record_key, _sequence, _position,
    row_number() over (partition by entity, _record_key order by _sequence desc, _position desc) as nth
  from (select distinct entity, _record_key, _sequence, _position from versions) as day_versions
),

rates as (
  select versions.*
  from versions
  inner join days
    on
      versions.entity = days.entity and versions._record_key = days._record_key
      and versions._sequence = days._sequence and versions._position = days._position
  where days.nth = 1 and versions.currency is not null and versions.rate > 0
)

select currency, rate_date, rate, entity, _sequence
from rates
where
  entity = 'history_rates'
  or not exists (
    select 1
    from rates as stated
    where stated.entity = 'history_rates' and stated.currency = rates.currency and stated.rate_date = rates.rate_date
  )
