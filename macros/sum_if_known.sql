{# Sum of an amount, NULL where any part of it is unknown: a sum that leaves out what it does not know is wrong. #}
{% macro sum_if_known(amount) -%}
  cast(case when count(*) = count({{ amount }}) then sum({{ amount }}) end as {{ sql_type('decimal') }})
{%- endmacro %}
