-- one row per version of a shipment and item of it; one without an item where it has none
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'shipment_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'order_id', 'path': 'order_id', 'type': 'text', 'required': true},
  {'name': 'store_id', 'path': 'store_id', 'type': 'text'},
  {'name': 'shipped_at', 'path': 'created_at', 'type': 'utc', 'required': true},
] %}

{% set item_fields = [
  {'name': 'shipment_item_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'order_item_id', 'path': 'order_item_id', 'type': 'text', 'required': true},
  {'name': 'sku', 'path': 'sku', 'type': 'text'},
  {'name': 'quantity', 'path': 'qty', 'type': 'decimal', 'required': true},
] %}

{{ typed_elements(source('magento', 'shipments'), 'magento', 'shipments', 'items', fields, item_fields) }}
