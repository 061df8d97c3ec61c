-- one row per currency and calendar day: what a euro was worth, the last quotation carried for at most 7 days
{{ config(**merge_on_athena(['currency', 'date_day'], stated='rate')) }}

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
),

final as (
  select *
  from carried
  where date_day between date '{{ var('dim_date_start') }}' and date '{{ var('dim_date_end') }}'
  union all
  select * from euro
)

{% if is_incremental() %}
-- Only what is another one, so that who converts with rates is told by a commit that some are (changed_values).
select
  coalesce(final.currency, held.currency) as currency,
  coalesce(final.date_day, held.date_day) as date_day,
  final.rate,
  final.rate_date,
  final.is_carried
from final
full outer join {{ this }} as held on final.currency = held.currency and final.date_day = held.date_day
where final.rate is distinct from held.rate or final.rate_date is distinct from held.rate_date
{% else %}
select * from final
{% endif %}
