{# Writes nodes into ops.open_gates that do not stand there yet, each with how it ended, where it has. #}
{% macro insert_gates(table, nodes, statuses) -%}
  {%- for some in nodes | batch(500) -%}
    {%- set rows = [] -%}
    {%- for node in some -%}
      {%- do rows.append("('" ~ [node.unique_id, node.resource_type, node.name, statuses.get(node.unique_id, 'not run')] | join("', '") ~ "')") -%}
    {%- endfor -%}
    {%- do run_query(
      'insert into ' ~ table ~ ' select gates.node_id, gates.kind, gates.name, gates.status, '
      ~ "cast('" ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S') ~ "' as " ~ sql_type('utc') ~ ') as opened_at '
      ~ 'from (values ' ~ rows | join(', ') ~ ') as gates (node_id, kind, name, status) '
      ~ 'where gates.node_id not in (select node_id from ' ~ table ~ ')'
    ) -%}
  {%- endfor -%}
{%- endmacro %}
