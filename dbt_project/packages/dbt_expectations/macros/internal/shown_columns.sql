{# The columns that a test of rows shows of each failing row: those it is about, and those that its config asks for
   (`meta: {failure_columns: [...]}`, such as the row's key), which the published package would not read. #}
{% macro shown_columns(columns) -%}
  {{ return((columns + ((config.get('meta') or {}).get('failure_columns') or [])) | unique | list) }}
{%- endmacro %}
