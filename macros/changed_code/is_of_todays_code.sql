{# Whether the table of a node, and all that it reads, was made by today's code: made holds what this run has made, known
   keeps what was found. What a build leaves out by itself became, or is, empty by today's contract. #}
{% macro is_of_todays_code(node_id, made, known) -%}
  {%- if node_id not in known -%}
    {%- set node = graph.nodes[node_id] -%}
    {%- set is_left_out = env_var('STORELAKE_LEFT_OUT', '') == 'empty' and node_id not in selected_resources and node.is_made_empty -%}
    {%- set answers = [not node.is_of_other_code or node_id in made or is_left_out | default(false, true)] -%}
    {%- for parent in node.depends_on.nodes | default([], true) if answers[0] and parent.startswith('model.') and graph.nodes[parent].config.schema != 'ops' -%}
      {%- do answers.append(is_of_todays_code(parent, made, known)) -%}
    {%- endfor -%}
    {%- do known.update({node_id: answers | select | list | length == answers | length}) -%}
  {%- endif -%}
  {{ return(known[node_id]) }}
{%- endmacro %}
