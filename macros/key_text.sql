{# One text for several columns, such that different values never give the same text: what separates is escaped. #}
{% macro key_text(columns) -%}
  {{ return(adapter.dispatch('key_text')(columns)) }}
{%- endmacro %}

{% macro duckdb__key_text(columns) -%}
  concat_ws('|'{% for column in columns %}, coalesce(replace(replace(cast({{ column }} as varchar), '\', '\\'), '|', '\|'), '\N'){% endfor %})
{%- endmacro %}

{% macro athena__key_text(columns) -%}
  concat_ws('|'{% for column in columns %}, coalesce(replace(replace(cast({{ column }} as varchar), '\', '\\'), '|', '\|'), '\N'){% endfor %})
{%- endmacro %}
