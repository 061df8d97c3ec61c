{# What dbt-athena calls to append to more than 100 partitions: all at once, for the reasons of batch_iceberg_merge. #}
{% macro batch_incremental_insert(tmp_relation, target_relation, dest_cols_csv) -%}
  {%- set query -%}
    select {{ dest_cols_csv }} from {{ target_relation }}
    union all
    select {{ dest_cols_csv }} from {{ tmp_relation }}
  {%- endset -%}
  {%- do replace_table(target_relation, query) -%}
{%- endmacro %}
