-- one row per currency and calendar day: what a euro was worth, the last quotation carried for at most 7 days
{{ config(materialized='table') }}

with quoted as (
  select * from {{ ref('int_fx_rates') }}
),

days as (
  {{ day_series("date '" ~ var('dim_date_start') ~ "'", "date '" ~ var('dim_date_end') ~ "'") }}
),

carries as (
  select carried.n from (values (0), (1), (2), (3), (4), (5), (6), (7)) as carried (n)
),

spans as (
  select
    *,
    lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
  from quoted
),

carried as (
  select
    spans.currency,
    {{ add_days('spans.rate_date', 'carries.n') }} as date_day,
    spans.rate,
    spans.rate_date,
    carries.n > 0 as is_carried
  from spans
  cross join carries
  where spans.next_rate_date is null or {{ add_days('spans.rate_date', 'carries.n') }} < spans.next_rate_date
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

select *
from carried
where date_day between date '{{ var('dim_date_start') }}' and date '{{ var('dim_date_end') }}'
union all
select * from euro
