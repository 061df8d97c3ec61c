{# Sum of an amount over rows, or over those of them that a condition names; NULL where any part of it is unknown: a sum
   that leaves out what it does not know is wrong. #}
{% macro sum_if_known(amount, condition='true') -%}
  {%- set part = amount if condition == 'true' else 'case when ' ~ condition ~ ' then ' ~ amount ~ ' end' -%}
  {%- set rows = 'count(*)' if condition == 'true' else 'count(case when ' ~ condition ~ ' then 1 end)' -%}
  cast(case when {{ rows }} = count({{ part }}) then coalesce(sum({{ part }}), 0) end as {{ sql_type('decimal') }})
{%- endmacro %}
