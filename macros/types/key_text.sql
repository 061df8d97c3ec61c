{# One text for several columns, such that different values never give the same text: what separates is escaped. #}
{% macro key_text(columns) -%}
  {{ return(adapter.dispatch('key_text')(columns)) }}
{%- endmacro %}

{% macro duckdb__key_text(columns) -%}
  {#- Hardly any text needs escaping, and looking is faster than replacing. -#}
  concat_ws('|'{% for column in columns %}{% set text = 'cast(' ~ column ~ ' as varchar)' %},
    coalesce(case when contains({{ text }}, '|') or contains({{ text }}, '\') then replace(replace({{ text }}, '\', '\\'), '|', '\|') else {{ text }} end, '\N'){% endfor %})
{%- endmacro %}

{% macro athena__key_text(columns) -%}
  concat_ws('|'{% for column in columns %}, coalesce(replace(replace(cast({{ column }} as varchar), '\', '\\'), '|', '\|'), '\N'){% endfor %})
{%- endmacro %}
