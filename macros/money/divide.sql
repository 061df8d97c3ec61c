{# Quotient of two decimal(18, 4) as decimal(18, 4), rounded once, half away from zero; NULL where the divisor is 0.
   DuckDB divides decimals as doubles, so that whole numbers do it there; Trino's decimals round as they should. #}
{% macro divide(dividend, divisor) -%}
  {{ return(adapter.dispatch('divide')(dividend, divisor)) }}
{%- endmacro %}

{% macro duckdb__divide(dividend, divisor) -%}
  {%- set n = "cast(cast(" ~ dividend ~ " as decimal(38, 4)) * 10000 as hugeint)" -%}
  {%- set d = "cast(cast(" ~ divisor ~ " as decimal(38, 4)) * 10000 as hugeint)" -%}
  cast(cast(sign({{ n }}) * sign({{ d }}) * ((20000 * abs({{ n }}) + abs({{ d }})) // nullif(2 * abs({{ d }}), 0)) as decimal(38, 0)) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4))
{%- endmacro %}

{% macro athena__divide(dividend, divisor) -%}
  cast(cast({{ dividend }} as decimal(18, 4)) / nullif(cast({{ divisor }} as decimal(18, 4)), decimal '0.0000') as decimal(18, 4))
{%- endmacro %}
