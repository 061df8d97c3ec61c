-- one row per version of a product
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'product_id', 'path': 'id', 'type': 'text', 'required': true},
  {'name': 'sku', 'path': 'sku', 'type': 'text', 'required': true},
  {'name': 'product_name', 'path': 'name', 'type': 'text'},
  {'name': 'product_type', 'path': 'type_id', 'type': 'text'},
  {'name': 'status', 'path': 'status', 'type': 'integer'},
  {'name': 'visibility', 'path': 'visibility', 'type': 'integer'},
  {'name': 'price', 'path': 'price', 'type': 'decimal'},
  {'name': 'created_at', 'path': 'created_at', 'type': 'utc'},
  {'name': 'updated_at', 'path': 'updated_at', 'type': 'utc', 'required': true},
] %}

{{ typed_versions(source('magento', 'products'), 'magento', 'products', fields) }}
