{# The stages of silver, out of the project's graph: each model that reads a table of bronze, the feed that it reads, and `distinct`
   where it may have several rows a version. Whoever accounts for what silver read asks here.
   The names are for dbt's order alone, which it has to know before there is a graph: a stage that is not named is there as well,
   once it is built, but whoever asks may come before it (`is_late`). #}
{% macro silver_stages() -%}
  {%- set ordered = [
    'stg_online_retail__invoice_lines', 'stg_ecb_fx__history_rates', 'stg_ecb_fx__daily_rates', 'stg_magento__orders',
    'stg_magento__order_items', 'stg_magento__order_status_events', 'stg_magento__invoices', 'stg_magento__credit_memos',
    'stg_magento__credit_memo_items', 'stg_magento__shipment_items', 'stg_magento__customers', 'stg_magento__store_configs',
    'stg_magento__products', 'stg_magento__product_links', 'stg_magento__source_items', 'stg_stock_feed__items',
  ] -%}
  {%- set relations = {} -%}
  {%- for name in ordered -%}
    {%- do relations.update({name: ref(name)}) -%}
  {%- endfor -%}
  {%- set stages = [] -%}
  {%- for node in (graph.nodes.values() if execute else []) | sort(attribute='unique_id') if node.resource_type == 'model' and node.name.startswith('stg_') -%}
    {%- set relation = relations.get(node.name) or (built_relation(node.name) if can_query() else none) -%}
    {%- for id in node.depends_on.nodes if id in graph.sources and graph.sources[id].source_name != 'ledger' and relation -%}
      {%- do stages.append({
        'name': node.name,
        'relation': relation,
        'is_late': node.name not in ordered,
        'system': graph.sources[id].source_name,
        'entity': graph.sources[id].name,
        'rows': '' if 'macro.' ~ project_name ~ '.typed_versions' in node.depends_on.macros else 'distinct',
      }) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(stages) }}
{%- endmacro %}
