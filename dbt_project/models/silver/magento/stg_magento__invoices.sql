-- one row per version of an invoice
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'invoice_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'order_id', 'path': 'order_id', 'type': 'text', 'required': true},
  {'name': 'state', 'path': 'state', 'type': 'integer'},
  {'name': 'invoiced_at', 'path': 'created_at', 'type': 'utc', 'required': true},
  {'name': 'total_amount', 'path': 'grand_total', 'type': 'decimal', 'required': true},
  {'name': 'total_amount_base', 'path': 'base_grand_total', 'type': 'decimal', 'required': true},
] %}

{{ typed_versions(source('magento', 'invoices'), 'magento', 'invoices', fields) }}
