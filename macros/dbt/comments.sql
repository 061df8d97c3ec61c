{# Statements that give a table of DuckDB and its columns the descriptions of its node, for BI tools and catalogues. #}
{% macro comments(relation, node) -%}
  comment on table {{ relation }} is {{ duckdb_escape_comment(node.description) }};
  {%- for column in node.columns.values() if column.description %}
  comment on column {{ relation }}.{{ adapter.quote(column.name) }} is {{ duckdb_escape_comment(column.description) }};
  {%- endfor %}
{%- endmacro %}
