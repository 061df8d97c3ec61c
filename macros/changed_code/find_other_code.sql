{# Called before a run builds anything: marks the incremental models and seeds whose tables other code has made, or nobody
   knows which, so that should_full_refresh builds them anew, and says how many. Until they are built, ops.model_code tells
   nothing of them: also where the run is killed. #}
{% macro find_other_code() -%}
  {%- if can_query() -%}
    {%- set table, told, known, stale, anew = built_relation('model_code'), {}, {}, [], [] -%}
    {%- if table -%}
      {%- for row in run_query('select node_id, fingerprint from ' ~ table).rows -%}
        {%- do told.update({row[0]: row[1]}) -%}
      {%- endfor -%}
    {%- endif -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') and node.package_name == project_name -%}
      {%- set fingerprint = code_fingerprint(node.unique_id, known) -%}
      {%- do node.update({'code_fingerprint': fingerprint, 'told_fingerprint': told.get(node.unique_id)}) -%}
      {%- if told.get(node.unique_id) != fingerprint -%}
        {%- do node.update({'is_of_other_code': true}) -%}
        {%- if node.unique_id in selected_resources -%}
          {%- do stale.append(node.unique_id) if node.unique_id in told -%}
          {%- do anew.append(node.name) if node.config.materialized == 'incremental' and node.config.full_refresh is none and is_built(node) -%}
        {%- endif -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do forget_code(table, stale) -%}
    {%- if anew and not flags.FULL_REFRESH -%}
      {%- set named = anew[:5] | join(', ') ~ (' and ' ~ (anew | length - 5) ~ ' more' if anew | length > 5 else '') -%}
      {{ log('Built anew, since other code had made them: ' ~ anew | length ~ ' incremental models (' ~ named ~ ').', info=true) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
