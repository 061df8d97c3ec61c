{# Condition on `pulls`: whether they are of a bronze table that a model is made of, through whatever others. #}
{% macro pulls_upstream_of(model) -%}
  {%- set nodes, tables = ['model.' ~ project_name ~ '.' ~ model], [] -%}
  {%- if execute -%}
    {%- for node in nodes -%}
      {%- for parent in graph.nodes[node].depends_on.nodes -%}
        {%- if parent in graph.sources and graph.sources[parent].source_name != 'ledger' -%}
          {%- do tables.append("'" ~ graph.sources[parent].source_name ~ '/' ~ graph.sources[parent].name ~ "'") -%}
        {%- elif parent.startswith('model.') and parent not in nodes -%}
          {#- The loop goes on with it. -#}
          {%- do nodes.append(parent) -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
  pulls.system || '/' || pulls.entity in ({{ tables | unique | sort | join(', ') or 'null' }})
{%- endmacro %}
