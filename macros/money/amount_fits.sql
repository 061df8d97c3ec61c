{# Whether convert_amount can compute with these numbers on both engines: rates above zero, nothing beyond 10^13. #}
{% macro amount_fits(amount, rate_from, rate_to) -%}
  {{ rate_from }} > 0 and {{ rate_to }} > 0
    and abs(cast({{ amount }} as double)) * cast({{ rate_to }} as double) < 1e21
    and abs(cast({{ amount }} as double)) * cast({{ rate_to }} as double) / cast({{ rate_from }} as double) < 1e13
{%- endmacro %}
