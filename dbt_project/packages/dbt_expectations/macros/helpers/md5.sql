{# MD5 of a value's text, as 32 hexadecimal digits in lower case. #}
{% macro md5(field) -%}
  {{ return(adapter.dispatch('md5', 'dbt_expectations')(field)) }}
{%- endmacro %}

{% macro duckdb__md5(field) -%}
  md5(cast({{ field }} as varchar))
{%- endmacro %}

{% macro athena__md5(field) -%}
  lower(to_hex(md5(to_utf8(cast({{ field }} as varchar)))))
{%- endmacro %}
