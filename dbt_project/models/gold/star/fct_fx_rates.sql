-- one row per currency and calendar day: what a euro was worth, the last quotation carried for at most 7 days
{{ config(materialized='table') }}

with quoted as (
  select * from {{ ref('int_fx_rates') }}
),

days as (
  {{ day_series("date '" ~ var('dim_date_start') ~ "'", "date '" ~ var('dim_date_end') ~ "'") }}
),

spans as (
  select
    currency,
    rate,
    rate_date,
    least(
      {{ add_days('rate_date', 7) }},
      coalesce(
        {{ add_days('lead(rate_date) over (partition by currency order by rate_date)', -1) }},
        {{ add_days('rate_date', 7) }}
      )
    ) as last_date
  from quoted
  where rate_date between {{ add_days("date '" ~ var('dim_date_start') ~ "'", -7) }} and date '{{ var('dim_date_end') }}'
),

carried as (
  select
    spans.currency,
    days.date_day as date_day,
    spans.rate,
    spans.rate_date,
    spans.rate_date < days.date_day as is_carried
  from spans
  inner join days on days.date_day between spans.rate_date and spans.last_date
),

euro as (
  select
    'EUR' as currency,
    date_day,
    cast(1 as {{ sql_type('rate') }}) as rate,
    date_day as rate_date,
    false as is_carried
  from days
)

select * from carried
union all
select * from euro
