{# A point in time with a zone as a UTC timestamp without one. #}
{% macro utc_timestamp(instant) -%}
  {{ return(adapter.dispatch('utc_timestamp')(instant)) }}
{%- endmacro %}

{% macro duckdb__utc_timestamp(instant) -%}
  ({{ instant }} at time zone 'UTC')
{%- endmacro %}

{% macro athena__utc_timestamp(instant) -%}
  cast({{ instant }} at time zone 'UTC' as timestamp(6))
{%- endmacro %}
