{# What columns of a row are NULL, in words; an empty text where none is. #}
{% macro null_columns_text(columns) -%}
  concat_ws(', '{% for column in columns %}, case when {{ column }} is null then '{{ column }} is null' end{% endfor %})
{%- endmacro %}
