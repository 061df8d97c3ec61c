{# A text without white space around it, NULL where nothing is left. The set is written out: the engines' own differ.
   The text is repeated: give it a column, not an expression. #}
{% macro strip(text) -%}
  {{ return(adapter.dispatch('strip')(text)) }}
{%- endmacro %}

{% macro duckdb__strip(text) -%}
  {#- trim() with a set is slow, and hardly any text needs it. -#}
  nullif(case
    when {{ text }} < '!' or suffix({{ text }}, ' ') or suffix({{ text }}, e'\t') or suffix({{ text }}, e'\r') or suffix({{ text }}, e'\n')
      then trim({{ text }}, e' \t\r\n')
    else {{ text }}
  end, '')
{%- endmacro %}

{% macro athena__strip(text) -%}
  nullif(trim(both ' ' || chr(9) || chr(13) || chr(10) from {{ text }}), '')
{%- endmacro %}
