{# What an amount is multiplied by to be in another currency, as a double, which is right where the result rounds clearly;
   NULL for rates that are missing, not above zero, or beyond 10^12 and its inverse. #}
{% macro rate_factor(rate_from, rate_to) -%}
  case when {{ rate_to }} > 0 and cast({{ rate_from }} as double) between 1e-12 and 1e12 then cast({{ rate_to }} as double) / cast({{ rate_from }} as double) end
{%- endmacro %}
