{# dbt's own, but a table that other code has made is built anew: what find_other_code has marked. A model that says itself
   whether it ever is keeps to that. #}
{% macro should_full_refresh() -%}
  {%- set node = graph.nodes.get(model.unique_id, {}) if execute else {} -%}
  {{ return(dbt.should_full_refresh() or (config.get('full_refresh') is none and node.get('is_of_other_code', false))) }}
{%- endmacro %}
