{# The stages of silver: the entity of a system that each reads, and `distinct` where it has several rows a version.
   Whoever accounts for what silver read asks here. #}
{% macro silver_stages() -%}
  {{ return([
    {'name': 'stg_online_retail__invoice_lines', 'system': 'online_retail', 'entity': 'invoice_lines', 'rows': ''},
    {'name': 'stg_ecb_fx__history_rates', 'system': 'ecb_fx', 'entity': 'history_rates', 'rows': 'distinct'},
    {'name': 'stg_ecb_fx__daily_rates', 'system': 'ecb_fx', 'entity': 'daily_rates', 'rows': 'distinct'},
    {'name': 'stg_magento__orders', 'system': 'magento', 'entity': 'orders', 'rows': ''},
    {'name': 'stg_magento__order_items', 'system': 'magento', 'entity': 'orders', 'rows': 'distinct'},
    {'name': 'stg_magento__order_status_events', 'system': 'magento', 'entity': 'orders', 'rows': 'distinct'},
    {'name': 'stg_magento__invoices', 'system': 'magento', 'entity': 'invoices', 'rows': ''},
    {'name': 'stg_magento__credit_memos', 'system': 'magento', 'entity': 'credit_memos', 'rows': ''},
    {'name': 'stg_magento__credit_memo_items', 'system': 'magento', 'entity': 'credit_memos', 'rows': 'distinct'},
    {'name': 'stg_magento__shipment_items', 'system': 'magento', 'entity': 'shipments', 'rows': 'distinct'},
    {'name': 'stg_magento__customers', 'system': 'magento', 'entity': 'customers', 'rows': ''},
    {'name': 'stg_magento__store_configs', 'system': 'magento', 'entity': 'store_configs', 'rows': ''},
    {'name': 'stg_magento__products', 'system': 'magento', 'entity': 'products', 'rows': ''},
    {'name': 'stg_magento__product_links', 'system': 'magento', 'entity': 'products', 'rows': 'distinct'},
    {'name': 'stg_magento__source_items', 'system': 'magento', 'entity': 'source_items', 'rows': ''},
    {'name': 'stg_stock_feed__items', 'system': 'stock_feed', 'entity': 'items', 'rows': ''},
  ]) }}
{%- endmacro %}
