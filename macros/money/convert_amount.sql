{# An amount in another currency, as decimal(18, 4): amount × rate of the target / rate of its own, both in units per
   euro, rounded once, half away from zero. Whole numbers do it, since decimals would be rounded twice, or not fit.
   NULL where a rate is missing, and beyond 10^13, which no amount of money is: better no sum than a build that stops.
   factor: a column with rate_factor of the two rates, where many amounts share them. #}
{% macro convert_amount(amount, rate_from, rate_to, factor=none) -%}
  {{ return(adapter.dispatch('convert_amount')(amount, rate_from, rate_to, factor)) }}
{%- endmacro %}

{% macro duckdb__convert_amount(amount, rate_from, rate_to, factor) -%}
  {%- set a = "cast(cast(" ~ amount ~ " as decimal(38, 4)) * 10000 as hugeint)" -%}
  {%- set f = "cast(cast(" ~ rate_from ~ " as decimal(38, 12)) * 1000000000000 as hugeint)" -%}
  {%- set t = "cast(cast(" ~ rate_to ~ " as decimal(38, 12)) * 1000000000000 as hugeint)" -%}
  {%- set by = factor or rate_factor(rate_from, rate_to) -%}
  {%- set product = "cast(" ~ amount ~ " as double) * " ~ by -%}
  case
    -- Few lines have a discount.
    when {{ amount }} = 0 and {{ by }} is not null then cast(0 as decimal(18, 4))
    -- Nearly always: it fits as well then, and looking costs less than amount_fits.
    when {{ rounds_clearly(product) }} then cast({{ product }} as decimal(18, 4))
    when {{ amount_fits(amount, rate_from, rate_to) }}
      then cast(cast(sign({{ amount }}) * ((2 * abs({{ a }}) * {{ t }} + {{ f }}) // (2 * {{ f }})) as decimal(38, 0)) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4))
  end
{%- endmacro %}

{% macro athena__convert_amount(amount, rate_from, rate_to, factor) -%}
  {%- set a = "cast(cast(" ~ amount ~ " as decimal(18, 4)) * 10000 as decimal(38, 0))" -%}
  {%- set f = "cast(cast(" ~ rate_from ~ " as decimal(28, 12)) * 1000000000000 as decimal(38, 0))" -%}
  {%- set t = "cast(cast(" ~ rate_to ~ " as decimal(28, 12)) * 1000000000000 as decimal(38, 0))" -%}
  {#- Trino's division of decimals without places rounds half away from zero. -#}
  case when {{ amount_fits(amount, rate_from, rate_to) }} then
    cast(cast({{ a }} * {{ t }} as decimal(38, 0)) / {{ f }} * decimal '0.0001' as decimal(18, 4))
  end
{%- endmacro %}
