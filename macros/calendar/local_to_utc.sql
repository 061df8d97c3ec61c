{# The UTC timestamp of a wall clock's time in a time zone. #}
{% macro local_to_utc(local, zone) -%}
  {{ return(adapter.dispatch('local_to_utc')(local, zone)) }}
{%- endmacro %}

{% macro duckdb__local_to_utc(local, zone) -%}
  (({{ local }} at time zone {{ zone }}) at time zone 'UTC')
{%- endmacro %}

{% macro athena__local_to_utc(local, zone) -%}
  cast(at_timezone(with_timezone({{ local }}, {{ zone }}), 'UTC') as timestamp(6))
{%- endmacro %}
