{# An amount in the base currency, as its document states it beside the amount itself (<amount>_base). Where it does not,
   nothing is nothing, equal currencies need no statement, and all else is unknown: NULL, never 0. #}
{% macro stated_base(amount, document) -%}
  coalesce({{ amount }}_base, case when coalesce({{ amount }}, 0) = 0 then 0 when {{ document }}.currency = {{ document }}.base_currency then {{ amount }} end)
{%- endmacro %}
