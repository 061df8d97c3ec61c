{# What must be green before what a run builds may be published: the models and seeds that it selects, and each test that
   stops a build, is selected itself or looks at any of them, and at nothing that was never made. For hooks. #}
{% macro gates_of_run() -%}
  {%- set gates, built, made = [], [], {} -%}
  {%- for node in graph.nodes.values() if node.unique_id in selected_resources and node.resource_type in ('model', 'seed', 'snapshot') -%}
    {%- do built.append(node.unique_id) -%}
    {%- do gates.append(node) -%}
  {%- endfor -%}
  {%- for node in graph.nodes.values() if stops_a_build(node) -%}
    {%- set inputs = node.depends_on.nodes -%}
    {%- if node.unique_id in selected_resources -%}
      {%- do gates.append(node) -%}
    {%- elif inputs | select('in', built) | list -%}
      {%- set missing = [] -%}
      {%- for other in inputs if other in graph.nodes and other not in built -%}
        {%- if other not in made -%}
          {%- do made.update({other: is_built(graph.nodes[other])}) -%}
        {%- endif -%}
        {%- if not made[other] -%}
          {%- do missing.append(other) -%}
        {%- endif -%}
      {%- endfor -%}
      {%- if not missing -%}
        {%- do gates.append(node) -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(gates) }}
{%- endmacro %}
