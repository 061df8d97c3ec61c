{# Columns (name, type) to select from a table that may be of an older version: NULL stands for one that is not among held, its
   names; all are there where held is none. #}
{% macro columns_held(columns, held) -%}
  {%- for column in columns -%}
    {{ column.name if held is none or column.name in held else 'cast(null as ' ~ column.type ~ ') as ' ~ column.name }}{{ ', ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}
