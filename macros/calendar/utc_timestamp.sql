{# A point in time with a zone as a UTC timestamp without one. #}
{% macro utc_timestamp(instant) -%}
  {{ return(adapter.dispatch('utc_timestamp')(instant)) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(instant) -%}
  {#- Half a dozen times as fast as by way of a time zone. -#}
  make_timestamp(epoch_us({{ instant }}))
{%- endmacro %}

{% macro athena__utc_timestamp(instant) -%}
  cast({{ instant }} at time zone 'UTC' as timestamp(6))
{%- endmacro %}
