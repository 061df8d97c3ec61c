{# Statements that take columns out of tables that a run adds to, which their contracts no longer have: an older version
   made them, and `append_new_columns` leaves them there with all that they hold. #}
{% macro drop_old_columns() -%}
  {%- if can_query() -%}
  {{ return(adapter.dispatch('drop_old_columns')()) }}
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__drop_old_columns() -%}
  {%- set held = {} -%}
  {%- for row in run_query("select table_schema || '.' || table_name, column_name from information_schema.columns where table_catalog = current_database()").rows -%}
    {%- do held.setdefault(row[0], []).append(row[1]) -%}
  {%- endfor -%}
  {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' and node.unique_id in selected_resources %}
  {%- for column in held.get(node.schema ~ '.' ~ node.alias, []) if node.contract.enforced and column not in node.columns %}
  alter table {{ adapter.quote(node.schema) }}.{{ adapter.quote(node.alias) }} drop column {{ adapter.quote(column) }};
  {%- endfor %}
  {%- endfor %}
{%- endmacro %}

{% macro athena__drop_old_columns() -%}
  {#- Nothing but gold is shown to readers there, and what is added names its columns. -#}
{%- endmacro %}
