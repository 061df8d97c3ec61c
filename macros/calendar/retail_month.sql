{# Month of the 4-5-4 retail calendar of one of its weeks: 1 is February, 12 is January.
   Thirteenths of three weeks turn over after 4, 9 and 13 weeks; a 53rd week belongs to month 12. #}
{% macro retail_month(retail_week) -%}
  {{ return(adapter.dispatch('retail_month')(retail_week)) }}
{%- endmacro %}

{% macro duckdb__retail_month(retail_week) -%}
  {#- Not least(), which would make month 12 of no week. -#}
  cast(case when ({{ retail_week }}) > 52 then 11 else (3 * ({{ retail_week }}) - 2) // 13 end + 1 as integer)
{%- endmacro %}

{% macro athena__retail_month(retail_week) -%}
  cast(least((3 * ({{ retail_week }}) - 2) / 13, 11) + 1 as integer)
{%- endmacro %}
