{# 63 bits of a hash over columns, as a bigint: never negative, so that -1, -2 and -3 are free for special members.
   Only texts, whole numbers and dates may go in: the engines write decimals, doubles and timestamps differently. #}
{% macro surrogate_key(columns) -%}
  {{ text_hash(key_text(columns)) }}
{%- endmacro %}
