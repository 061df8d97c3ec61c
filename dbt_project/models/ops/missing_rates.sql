-- one row per currency and day with lines whose amounts could not be converted, because a rate was missing
{% set key = ['currency', 'order_date'] -%}
{{ config(**merge_on_athena(key, stated='line_count')) }}

{% set facts = converted_facts() -%}
{% set months = changed_months(facts) -%}
with lines as (
  {%- for fact in facts %}
  {{ 'union all' if not loop.first }}
  select currency, base_currency, reporting_currency, order_date, fx_rate_from, fx_rate_base, fx_rate_to, fx_path, net_amount_base is null as lacks_base
  from {{ fact }}
  where (fx_path is null or net_amount_base is null) and net_amount is not null and {{ in_months('order_date', months) }}
  {%- endfor %}
),

alike as (
  select currency, base_currency, reporting_currency, order_date, fx_rate_from, fx_rate_base, fx_rate_to, fx_path, lacks_base, count(*) as line_count
  from lines
  group by currency, base_currency, reporting_currency, order_date, fx_rate_from, fx_rate_base, fx_rate_to, fx_path, lacks_base
),

-- Each may need three rates. Named once: Athena reads all that stands behind a name each time.
needed as (
  select
    case sides.side when 'own' then alike.currency when 'base' then alike.base_currency else alike.reporting_currency end as currency,
    alike.order_date,
    case sides.side when 'own' then alike.fx_rate_from when 'base' then alike.fx_rate_base else alike.fx_rate_to end as rate,
    case sides.side
      when 'own' then true
      when 'base' then alike.currency <> alike.base_currency
      else alike.currency <> alike.reporting_currency and alike.fx_path is null
    end as is_needed,
    alike.line_count
  from alike
  cross join (values ('own'), ('base'), ('reporting')) as sides (side)
),

final as (
  select currency, order_date, cast(sum(line_count) as bigint) as line_count
  from needed
  where is_needed and rate is null
  group by currency, order_date
)

{{ with_deleted_keys('final', key, 'order_date', months) }}
