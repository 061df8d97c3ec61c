{# Called when a run has ended: what is green over what was built is taken out of ops.open_gates, as is what the project
   no longer has; what is not green stays there with how it ended. A run on no rows (`--empty`, `--sample`) proves
   nothing. A table that is new here knows nothing of what other runs have made: that is not green either. #}
{% macro close_gates(results) -%}
  {%- set table = built_relation('open_gates') if can_query() else none -%}
  {%- if table -%}
    {%- set statuses, green, red, gone = {}, [], [], [] -%}
    {%- for result in results -%}
      {%- do statuses.update({result.node.unique_id: result.status | string}) -%}
    {%- endfor -%}
    {%- set is_proof = not (flags.EMPTY or flags.SAMPLE) -%}
    {%- for node in gates_of_run() -%}
      {%- do (green if is_proof and statuses.get(node.unique_id) in ('success', 'pass', 'warn') else red).append(node) -%}
    {%- endfor -%}
    {%- set touched = (green + red) | map(attribute='unique_id') | list -%}
    {%- for row in run_query('select node_id from ' ~ table).rows -%}
      {%- set node = graph.nodes.get(row[0]) -%}
      {%- if row[0] in touched or not node or (node.resource_type == 'test' and not stops_a_build(node)) -%}
        {%- do gone.append(row[0]) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if 'new' in gone and env_var('STORELAKE_LEFT_OUT', '') != 'empty' -%}
      {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.unique_id not in touched and is_built(node) -%}
        {%- do red.append(node) -%}
      {%- endfor -%}
    {%- endif -%}
    {%- for some in gone | batch(500) -%}
      {%- do run_query('delete from ' ~ table ~ " where node_id in ('" ~ some | join("', '") ~ "')") -%}
    {%- endfor -%}
    {%- do insert_gates(table, red, statuses) -%}
  {%- endif -%}
{%- endmacro %}
