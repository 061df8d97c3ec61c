{# Product of two decimals as decimal(18, 4): exact, then rounded once, half away from zero. #}
{% macro multiply(a, b) -%}
  {{ return(adapter.dispatch('multiply')(a, b)) }}
{%- endmacro %}

{% macro duckdb__multiply(a, b) -%}
  {#- Decimals of more than 18 digits are ten times as slow. -#}
  {%- set product = 'cast(' ~ a ~ ' as double) * cast(' ~ b ~ ' as double)' -%}
  case
    when {{ rounds_clearly(product) }} then cast({{ product }} as decimal(18, 4))
    else cast(cast({{ a }} as decimal(38, 4)) * cast({{ b }} as decimal(18, 4)) as decimal(18, 4))
  end
{%- endmacro %}

{% macro athena__multiply(a, b) -%}
  cast(cast({{ a }} as decimal(18, 4)) * cast({{ b }} as decimal(18, 4)) as decimal(18, 4))
{%- endmacro %}
