{# Whether other code has made a node's table, and without any row: its columns may be others than today's. #}
{% macro is_stale_and_empty(node, relation) -%}
  {%- if not node.is_of_other_code or load_relation(relation) is none -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return(run_query('select 1 from ' ~ relation ~ ' limit 1').rows | length == 0) }}
{%- endmacro %}
