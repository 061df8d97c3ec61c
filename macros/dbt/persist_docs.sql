{# dbt's own, but that on DuckDB a table's comments are one statement, and nothing is asked where a contract or a seed
   says which columns there are. On Athena views stay without: Glue keeps a view's description where Trino looks whether the
   table is a view, and finds none any more. #}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
  {%- if target.type == 'athena' and model.config.materialized == 'view' -%} {{ return('') }} {%- endif -%}
  {%- if target.type != 'duckdb' or not (model.resource_type == 'seed' or model.contract.enforced) -%}
    {{ return(dbt.persist_docs(relation, model, for_relation, for_columns)) }}
  {%- endif -%}
  {%- if config.persist_relation_docs() and config.persist_column_docs() -%}
    {%- do run_query(comments(relation, model)) -%}
  {%- endif -%}
{%- endmacro %}
