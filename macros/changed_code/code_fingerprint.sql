{# Fingerprint of the code that the rows of a model follow from: its own, its macros', and that of the models it reads. The
   rows of a seed follow from its file. What the ledger's tables are made with does not count: they only say what is new.
   Nor do seeds that a model reads: their rows are in the fingerprint that its own rows carry. known keeps what was found. #}
{% macro code_fingerprint(node_id, known) -%}
  {%- if node_id not in known -%}
    {%- set node = graph.nodes[node_id] -%}
    {%- set config, columns, macros, parents = node.config, [], {}, [] -%}
    {%- do macros_used(node.depends_on.macros, macros, known.setdefault('macros', {})) -%}
    {%- for column in node.columns.values() -%}
      {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- for parent in node.depends_on.nodes | default([], true) if parent.startswith('model.') and graph.nodes[parent].config.schema != 'ops' -%}
      {%- do parents.append(code_fingerprint(parent, known)) -%}
    {%- endfor -%}
    {%- set code = node.checksum.checksum if node.resource_type == 'seed' else code_of(node.raw_code) -%}
    {%- set how = [config.materialized, config.incremental_strategy, config.unique_key, config.partitioned_by, config.column_types] -%}
    {%- do known.update({node_id: local_md5([code, how, columns, macros.items() | sort, parents | sort] | string)}) -%}
  {%- endif -%}
  {{ return(known[node_id]) }}
{%- endmacro %}
