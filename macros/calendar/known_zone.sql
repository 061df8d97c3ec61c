{# A time zone's name as it is, or NULL where the engine knows no such zone: by one that it does not know it converts nothing,
   and the whole statement fails. For small tables. #}
{% macro known_zone(zone) -%}
  {{ return(adapter.dispatch('known_zone')(zone)) }}
{%- endmacro %}

{% macro duckdb__known_zone(zone) -%}
  case when {{ zone }} in (select zones.name from pg_timezone_names() as zones) then {{ zone }} end
{%- endmacro %}

{% macro athena__known_zone(zone) -%}
  case when try(at_timezone(timestamp '2000-01-01 00:00:00 UTC', {{ zone }})) is not null then {{ zone }} end
{%- endmacro %}
