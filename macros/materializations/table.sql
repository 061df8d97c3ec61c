{# dbt-athena's own, but for how the new table takes the old one's place. #}
{% materialization table, adapter='athena', supported_languages=['sql'] %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {{ run_hooks(pre_hooks) }}
  {%- set made = replace_table(target_relation) -%}
  {% call statement('main') -%}
    select '{{ made }}'
  {%- endcall %}
  {{ run_hooks(post_hooks) }}
  {% do persist_docs(target_relation, model) %}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
