{# Query for the facts of order lines or of return lines that have to be made anew: what both facts have in common.
   A line is touched by a newer version, by a rate of its day that is another one now, and by seeds and settings;
   also_touched is a query for the keys of more lines, which gives the model's own reasons. #}
{% macro order_line_facts(is_return, also_touched=none) -%}
{%- set lookups = line_lookups() -%}
{#- Straight from the table: what is read twice by one name is kept in memory on DuckDB, all columns of it. -#}
{%- set lines = ref('int_order_lines') -%}
{%- set news = new_pulls(lookups, by=['system'], among=lines) if is_incremental() -%}
{%- set named = lines_to_rebuild(lines, news, rates=ref('fct_fx_rates'), also=also_touched) if is_incremental() -%}
with stores as (
  select * from {{ ref('int_stores') }}
),

line_type_rules as (
  select * from {{ ref('line_type_rules') }}
),

rates as (
  select * from {{ ref('fct_fx_rates') }}
),

{% if named %}
touched as (
  {{ named }}
),

{% elif is_incremental() %}
stored_rates as (
  select distinct currency, base_currency, order_date, fx_rate_from, fx_rate_base, fx_rate_to, fx_rate_date
  from {{ this }}
),

{% endif %}
trading_days as (
  select distinct lines.currency, coalesce(lines.base_currency_stated, stores.base_currency) as base_currency, lines.order_date
  from {{ 'touched' if named else lines }} as lines
  inner join stores on lines.system = stores.system and lines.source = stores.source and lines.store_id = stores.store_id
  {% if is_incremental() and not named %}
  where not lines._is_deleted and lines._sequence in ({{ news }})
  union
  select currency, base_currency, order_date
  from stored_rates
  {% else %}
  where not lines._is_deleted
  {% endif %}
),

-- Equal currencies need no rate, so they have none. Said by columns: a join with a condition on one side alone compares
-- each day with all rates there are.
rated_days as (
  select
    *,
    case when currency <> base_currency or currency <> '{{ var("reporting_currency") }}' then currency end as rated_currency,
    case when currency <> base_currency then base_currency end as rated_base_currency,
    case when currency <> '{{ var("reporting_currency") }}' then '{{ var("reporting_currency") }}' end as rated_reporting_currency
  from trading_days
),

day_rates as (
  select
    days.currency,
    days.base_currency,
    days.order_date,
    own.rate as fx_rate_from,
    base.rate as fx_rate_base,
    reporting.rate as fx_rate_to,
    {{ rate_factor('own.rate', 'base.rate') }} as factor_base,
    {{ rate_factor('own.rate', 'reporting.rate') }} as factor_reporting,
    {{ rate_factor('base.rate', 'reporting.rate') }} as factor_via_base,
    -- Where its own currency has none, an amount goes by way of the base currency's.
    case
      when coalesce(own.rate_date, base.rate_date) < reporting.rate_date then coalesce(own.rate_date, base.rate_date)
      when coalesce(own.rate_date, base.rate_date) is not null then reporting.rate_date
    end as fx_rate_date
  from rated_days as days
  left join rates as own on days.rated_currency = own.currency and days.order_date = own.date_day
  left join rates as base on days.rated_base_currency = base.currency and days.order_date = base.date_day
  left join rates as reporting on days.rated_reporting_currency = reporting.currency and days.order_date = reporting.date_day
),

{% if is_incremental() and not named %}
changed_days as (
  select distinct stored_rates.currency, stored_rates.order_date
  from stored_rates
  left join day_rates
    on stored_rates.currency = day_rates.currency and stored_rates.base_currency = day_rates.base_currency
    and stored_rates.order_date = day_rates.order_date
  where
    stored_rates.fx_rate_from is distinct from day_rates.fx_rate_from
    or stored_rates.fx_rate_base is distinct from day_rates.fx_rate_base
    or stored_rates.fx_rate_to is distinct from day_rates.fx_rate_to
    or stored_rates.fx_rate_date is distinct from day_rates.fx_rate_date
),

{% set why -%}
  left join changed_days on lines.currency = changed_days.currency and lines.order_date = changed_days.order_date
  where lines._sequence in ({{ news }}) or changed_days.order_date is not null
    {%- if also_touched %}
    or lines.order_line_key in ({{ also_touched }})
    {%- endif %}
{%- endset -%}
touched as (
  {{ select_lines_narrow_first(lines, why) }}
),
{% elif not is_incremental() %}
touched as (
  select * from {{ lines }} where is_return = {{ is_return }} and not _is_deleted
),
{% endif %}

keyed as (
  select
    touched.*,
    coalesce(touched._is_deleted or touched.is_return <> {{ is_return }}, true) as is_gone,
    stores.store_key,
    coalesce(touched.base_currency_stated, stores.base_currency) as base_currency,
    '{{ var("reporting_currency") }}' as reporting_currency,
    line_type_rules.is_revenue,
    {{ surrogate_key(['touched.system', 'touched.source', 'touched.order_id']) }} as order_key,
    case when line_type_rules.has_product then {{ surrogate_key(['touched.system', 'touched.sku']) }} else -2 end as product_key,
    case when touched.customer_id is null then -1 else {{ surrogate_key(['touched.system', 'touched.source', 'touched.customer_id']) }} end as customer_key
  from touched
  left join stores on touched.system = stores.system and touched.source = stores.source and touched.store_id = stores.store_id
  left join line_type_rules on touched.line_type = line_type_rules.line_type
),

rated as (
  select
    keyed.*,
    day_rates.fx_rate_from,
    day_rates.fx_rate_base,
    day_rates.fx_rate_to,
    day_rates.fx_rate_date,
    day_rates.factor_base,
    day_rates.factor_reporting,
    day_rates.factor_via_base,
    case
      when keyed.currency = keyed.reporting_currency then 'same'
      when day_rates.fx_rate_from is not null and day_rates.fx_rate_to is not null then 'own'
      when
        keyed.net_amount_base_stated is not null
        and (keyed.base_currency = keyed.reporting_currency or (day_rates.fx_rate_base is not null and day_rates.fx_rate_to is not null))
        then 'via_base'
    end as fx_path
  from keyed
  left join day_rates
    on keyed.currency = day_rates.currency and keyed.base_currency = day_rates.base_currency
    and keyed.order_date = day_rates.order_date
)

select
  rated.*
  {%- for amount in ['gross_amount', 'discount_amount', 'net_amount', 'tax_amount'] %},
  case
    when rated.{{ amount }}_base_stated is not null then rated.{{ amount }}_base_stated
    when rated.currency = rated.base_currency then rated.{{ amount }}
    else {{ convert_amount('rated.' ~ amount, 'rated.fx_rate_from', 'rated.fx_rate_base', 'rated.factor_base') }}
  end as {{ amount }}_base,
  case
    when rated.fx_path = 'same' then rated.{{ amount }}
    when rated.fx_path = 'own' then {{ convert_amount('rated.' ~ amount, 'rated.fx_rate_from', 'rated.fx_rate_to', 'rated.factor_reporting') }}
    when rated.fx_path is null then null
    when rated.base_currency = rated.reporting_currency then rated.{{ amount }}_base_stated
    else {{ convert_amount('rated.' ~ amount ~ '_base_stated', 'rated.fx_rate_base', 'rated.fx_rate_to', 'rated.factor_via_base') }}
  end as {{ amount }}_reporting
  {%- endfor %}
from rated
{%- endmacro %}
