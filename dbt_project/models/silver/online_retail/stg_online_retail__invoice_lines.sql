-- one row per version of a line of an invoice
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'invoice', 'path': 'InvoiceNo', 'type': 'text', 'required': true},
  {'name': 'stock_code', 'path': 'StockCode', 'type': 'text', 'required': true},
  {'name': 'description', 'path': 'Description', 'type': 'text'},
  {'name': 'quantity', 'path': 'Quantity', 'type': 'decimal', 'required': true},
  {'name': 'invoiced_at_local', 'path': 'InvoiceDate', 'type': 'timestamp', 'required': true},
  {'name': 'unit_price', 'path': 'UnitPrice', 'type': 'decimal', 'required': true},
  {'name': 'customer', 'path': 'CustomerID', 'type': 'text'},
  {'name': 'country_name', 'path': 'Country', 'type': 'text'},
] %}

{{ typed_versions(source('online_retail', 'invoice_lines'), 'online_retail', 'invoice_lines', fields) }}
