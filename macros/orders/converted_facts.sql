{# The facts whose amounts are converted: those that have a column fx_path. dbt wants their names before it knows any column;
   one that is not named here stops each command. #}
{% macro converted_facts() -%}
  {%- set named = ['fct_order_lines', 'fct_return_lines'] -%}
  {#- A unit test has no graph. -#}
  {%- if execute and graph.nodes is defined -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and 'fx_path' in node.columns and node.name not in named -%}
      {%- do exceptions.raise_compiler_error(node.name ~ ' has a column fx_path: name it in the macro converted_facts, for what accounts for rates.') -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set facts = [] -%}
  {%- for name in named -%}{%- do facts.append(ref(name)) -%}{%- endfor -%}
  {{ return(facts) }}
{%- endmacro %}
