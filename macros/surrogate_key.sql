{# 63 bits of a hash over columns, as a bigint: never negative, so that -1, -2 and -3 are free for special members.
   Only texts, whole numbers and dates may go in: the engines write decimals, doubles and timestamps differently. #}
{% macro surrogate_key(columns) -%}
  {{ return(adapter.dispatch('surrogate_key')(columns)) }}
{%- endmacro %}

{% macro duckdb__surrogate_key(columns) -%}
  cast(cast('0x' || substr(md5({{ key_text(columns) }}), 1, 16) as ubigint) & 9223372036854775807 as bigint)
{%- endmacro %}

{% macro athena__surrogate_key(columns) -%}
  bitwise_and(from_big_endian_64(substr(md5(to_utf8({{ key_text(columns) }})), 1, 8)), 9223372036854775807)
{%- endmacro %}
