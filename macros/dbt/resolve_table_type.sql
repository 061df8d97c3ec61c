{# dbt-athena's own, but for the default: Iceberg, also for the tables that unit tests are run on. Hive's have
   timestamps of milliseconds, and show rows of an INSERT that failed. #}
{% macro resolve_table_type() -%}
  {{ return((config.get('table_type') or 'iceberg') | lower) }}
{%- endmacro %}
