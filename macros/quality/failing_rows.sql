{# Query for the rows that broke a test, in the shape of ops.test_failures. The key is the one that the model's
   one_row_per names, the pull is found by the row's sequence; both as far as the test shows these columns. #}
{% macro failing_rows(result, pulls) -%}
  {%- set node = result.node -%}
  {%- set model = graph.nodes.get(node.attached_node, {}) if node.attached_node else {} -%}
  {%- set keys = [] -%}
  {%- for other in graph.nodes.values() if model and other.attached_node == node.attached_node and (other.test_metadata or {}).name == 'one_row_per' -%}
    {%- do keys.extend(other.test_metadata.kwargs.key) -%}
  {%- endfor -%}
  {%- set columns = get_columns_in_query(node.compiled_code) -%}
  {%- set key = keys | select('in', columns) | list -%}
  {%- set rule = (node.description or node.test_metadata.name if node.test_metadata else node.raw_code.split('\n')[0] | replace('--', '') | trim) -%}
  select
    '{{ node.name }}' as test_name,
    cast({{ "'" ~ model.name ~ "'" if model else 'null' }} as varchar) as model_name,
    cast({{ "'" ~ node.column_name ~ "'" if node.column_name else 'null' }} as varchar) as column_name,
    '{{ rule | replace("'", "''") }}' as rule,
    '{{ result.status }}' as status,
    {{ row_text('failing', key) if key else 'cast(null as varchar)' }} as row_key,
    {{ row_text('failing', columns) }} as failing_row,
    {% if '_sequence' in columns and pulls -%}
    (select pulls.pull_id from {{ pulls }} as pulls where pulls.sequence = failing._sequence) as pull_id,
    {%- else -%}
    cast(null as varchar) as pull_id,
    {%- endif %}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ sql_type('utc') }}) as failed_at
  from (
    {{ node.compiled_code }}
  ) as failing
  limit 100
{%- endmacro %}
