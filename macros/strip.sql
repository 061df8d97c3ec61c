{# A text without white space around it, NULL where nothing is left. The set is written out: the engines' own differ. #}
{% macro strip(text) -%}
  {{ return(adapter.dispatch('strip')(text)) }}
{%- endmacro %}

{% macro duckdb__strip(text) -%}
  nullif(trim({{ text }}, e' \t\r\n'), '')
{%- endmacro %}

{% macro athena__strip(text) -%}
  nullif(trim(both ' ' || chr(9) || chr(13) || chr(10) from {{ text }}), '')
{%- endmacro %}
