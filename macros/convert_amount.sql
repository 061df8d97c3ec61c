{# An amount in another currency, as decimal(18, 4): amount × rate of the target / rate of its own, both in units per
   euro, rounded once, half away from zero. Whole numbers do it, since decimals would be rounded twice, or not fit.
   NULL where a rate is missing, and beyond 10^13, which no amount of money is: better no sum than a build that stops. #}
{% macro convert_amount(amount, rate_from, rate_to) -%}
  {{ return(adapter.dispatch('convert_amount')(amount, rate_from, rate_to)) }}
{%- endmacro %}

{% macro duckdb__convert_amount(amount, rate_from, rate_to) -%}
  {%- set a = "cast(cast(" ~ amount ~ " as decimal(38, 4)) * 10000 as hugeint)" -%}
  {%- set f = "cast(cast(" ~ rate_from ~ " as decimal(38, 12)) * 1000000000000 as hugeint)" -%}
  {%- set t = "cast(cast(" ~ rate_to ~ " as decimal(38, 12)) * 1000000000000 as hugeint)" -%}
  {%- set product = "cast(" ~ amount ~ " as double) * cast(" ~ rate_to ~ " as double) / cast(" ~ rate_from ~ " as double)" -%}
  case
    -- Nearly always: with rates in these bounds it fits as well, and looking costs less than amount_fits.
    when cast({{ rate_to }} as double) > 0 and cast({{ rate_from }} as double) between 1e-12 and 1e12 and {{ rounds_clearly(product) }}
      then cast({{ product }} as decimal(18, 4))
    when {{ amount_fits(amount, rate_from, rate_to) }}
      then cast(cast(sign({{ amount }}) * ((2 * abs({{ a }}) * {{ t }} + {{ f }}) // (2 * {{ f }})) as decimal(38, 0)) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4))
  end
{%- endmacro %}

{% macro athena__convert_amount(amount, rate_from, rate_to) -%}
  {%- set a = "cast(cast(" ~ amount ~ " as decimal(18, 4)) * 10000 as decimal(38, 0))" -%}
  {%- set f = "cast(cast(" ~ rate_from ~ " as decimal(28, 12)) * 1000000000000 as decimal(38, 0))" -%}
  {%- set t = "cast(cast(" ~ rate_to ~ " as decimal(28, 12)) * 1000000000000 as decimal(38, 0))" -%}
  {#- Trino's division of decimals without places rounds half away from zero. -#}
  case when {{ amount_fits(amount, rate_from, rate_to) }} then
    cast(cast({{ a }} * {{ t }} as decimal(38, 0)) / {{ f }} * decimal '0.0001' as decimal(18, 4))
  end
{%- endmacro %}
