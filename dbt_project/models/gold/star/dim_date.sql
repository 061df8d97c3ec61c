-- one row per day between the variables dim_date_start and dim_date_end, and per other day on which a line was sold or given back
{% set lines = ref('int_order_lines') -%}
{% set fiscal_start = var('fiscal_year_start_month') -%}
with calendar as (
  {{ day_series("date '" ~ var('dim_date_start') ~ "'", "date '" ~ var('dim_date_end') ~ "'") }}
),

days as (
  select date_day, true as is_in_calendar from calendar
  {%- if not can_query() or model.resource_type != 'model' or load_relation(lines) is not none %}
  union all
  select distinct order_date as date_day, false as is_in_calendar
  from {{ lines }}
  where order_date < date '{{ var('dim_date_start') }}' or order_date > date '{{ var('dim_date_end') }}'
  {%- endif %}
),

weeks as (
  select
    date_day,
    is_in_calendar,
    {{ day_of_week('date_day') }} as day_of_week,
    {{ fiscal_month('date_day', fiscal_start) }} as fiscal_month,
    {{ retail_week('date_day') }} as retail_week
  from days
),

months as (
  select
    *,
    {{ retail_month('retail_week') }} as retail_month
  from weeks
),

final as (
  select
    date_day,

    ---------- gregorian
    cast(extract(year from date_day) as integer) as calendar_year,
    cast(extract(quarter from date_day) as integer) as calendar_quarter,
    cast(extract(month from date_day) as integer) as calendar_month,
    cast({{ month_name('date_day') }} as varchar) as month_name,
    cast(date_trunc('month', date_day) as date) as month_start,
    cast(extract(day from date_day) as integer) as day_of_month,
    cast(extract(doy from date_day) as integer) as day_of_year,
    day_of_week,
    cast({{ day_name('date_day') }} as varchar) as day_name,
    day_of_week >= 6 as is_weekend,

    ---------- iso
    {{ iso_year('date_day') }} as iso_year,
    {{ iso_week('date_day') }} as iso_week,
    cast(date_trunc('week', date_day) as date) as iso_week_start,

    ---------- fiscal
    {{ fiscal_year('date_day', fiscal_start) }} as fiscal_year,
    cast({{ integer_divide('fiscal_month + 2', 3) }} as integer) as fiscal_quarter,
    fiscal_month,

    ---------- retail (4-5-4)
    {{ retail_year('date_day') }} as retail_year,
    cast({{ integer_divide('retail_month + 2', 3) }} as integer) as retail_quarter,
    retail_month,
    retail_week,
    {{ retail_week_start('date_day') }} as retail_week_start,

    is_in_calendar
  from months
)

select * from final
