{# Sum of an amount over the rows that a condition names, of those that have it: 0 where there is no such row, NULL where none
   of them has it, since what is not known is not 0. #}
{% macro sum_of_known(amount, condition) -%}
  case when count(case when {{ condition }} then 1 end) = 0 then 0 else sum(case when {{ condition }} then {{ amount }} end) end
{%- endmacro %}
