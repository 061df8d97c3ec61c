-- one row per version of a product's stock at one place
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'source_code', 'path': 'source_code', 'type': 'text', 'required': true},
  {'name': 'sku', 'path': 'sku', 'type': 'text', 'required': true},
  {'name': 'quantity', 'path': 'quantity', 'type': 'decimal', 'required': true},
  {'name': 'status', 'path': 'status', 'type': 'integer'},
] %}

{{ typed_versions(source('magento', 'source_items'), 'magento', 'source_items', fields) }}
