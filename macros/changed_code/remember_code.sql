{# Called when a run has ended: ops.model_code is told which code has made what the run built, where all that it reads was
   made by today's code as well; tables of models that the project no longer has are dropped. #}
{% macro remember_code(results) -%}
  {%- set table = built_relation('model_code') if can_query() and not (flags.EMPTY or flags.SAMPLE) else none -%}
  {%- if table -%}
    {%- set made, known, stale, rows = {}, {}, [], [] -%}
    {%- for result in results if result.status | string == 'success' -%}
      {%- do made.update({result.node.unique_id: true}) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.code_fingerprint and node.is_of_other_code and is_of_todays_code(node.unique_id, made, known) -%}
      {%- do stale.append(node.unique_id) if node.told_fingerprint -%}
      {%- do rows.append("('" ~ [node.unique_id, node.schema, node.alias, node.code_fingerprint] | join("', '") ~ "')") -%}
    {%- endfor -%}
    {%- do forget_code(table, stale) -%}
    {%- for some in rows | batch(500) -%}
      {%- do run_query('insert into ' ~ table ~ ' select * from (values ' ~ some | join(', ') ~ ') as told (node_id, schema_name, table_name, fingerprint)') -%}
    {%- endfor -%}
    {%- if rows -%}
      {%- do drop_unowned(table) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
