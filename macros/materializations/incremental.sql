{# dbt-athena's own, but for a full refresh: its own drops the table first, and readers find none meanwhile. #}
{% materialization incremental, adapter='athena', supported_languages=['sql'] %}
  {%- set old = load_relation(this) -%}
  {%- if old is none or old.is_view or should_full_refresh() -%}
    {{ return(materialization_table_athena()) }}
  {%- else -%}
    {{ return(dbt.materialization_incremental_athena()) }}
  {%- endif -%}
{% endmaterialization %}
