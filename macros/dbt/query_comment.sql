{# What stands above each statement: the run and the node that it is for, by which its cost is found in Athena's history. #}
{% macro query_comment(node) -%}
  {{ return(tojson({
    'app': 'storelake', 'run': invocation_id, 'schema': target.schema, 'node': node.unique_id if node else none
  })) }}
{%- endmacro %}
