{# 63 bits of a text's MD5, as a bigint: never negative. The digest is read as a number, its first byte the lowest, which
   takes DuckDB half the time of its hexadecimal text. #}
{% macro text_hash(text) -%}
  {{ return(adapter.dispatch('text_hash')(text)) }}
{%- endmacro %}

{% macro duckdb__text_hash(text) -%}
  cast(md5_number({{ text }}) & 9223372036854775807 as bigint)
{%- endmacro %}

{% macro athena__text_hash(text) -%}
  bitwise_and(from_big_endian_64(reverse(substr(md5(to_utf8({{ text }})), 1, 8))), 9223372036854775807)
{%- endmacro %}
