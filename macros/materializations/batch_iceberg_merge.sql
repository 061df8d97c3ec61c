{# What dbt-athena calls for a merge into more than 100 partitions, the most that a statement may write to. Its own merges
   part by part: readers see some of them, and a run that is stopped leaves rows whose watermark says that all is
   there. Here the table is made anew, from what stays and what comes, and takes the old one's place at once. #}
{% macro batch_iceberg_merge(tmp_relation, target_relation, merge_part, dest_cols_csv) -%}
  {%- set unique_key = config.require('unique_key') -%}
  {%- set keys = [unique_key] if unique_key is string else unique_key -%}
  {%- set insert_condition = config.get('insert_condition') -%}
  {%- set query -%}
    select {{ dest_cols_csv }}
    from {{ target_relation }} as target
    where not exists (
      select 1 from {{ tmp_relation }} as src
      where {% for key in keys %}target.{{ key }} = src.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    )
    union all
    select {{ dest_cols_csv }}
    from {{ tmp_relation }} as src
    {%- if insert_condition is not none %}
    where {{ insert_condition }}
    {%- endif %}
  {%- endset -%}
  {%- do replace_table(target_relation, query) -%}
{%- endmacro %}
