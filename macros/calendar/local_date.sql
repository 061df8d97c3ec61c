{# The date that a UTC timestamp falls on in a time zone. #}
{% macro local_date(utc, zone) -%}
  {{ return(adapter.dispatch('local_date')(utc, zone)) }}
{%- endmacro %}

{% macro duckdb__local_date(utc, zone) -%}
  cast(({{ utc }} at time zone 'UTC') at time zone {{ zone }} as date)
{%- endmacro %}

{% macro athena__local_date(utc, zone) -%}
  cast(at_timezone(with_timezone({{ utc }}, 'UTC'), {{ zone }}) as date)
{%- endmacro %}
