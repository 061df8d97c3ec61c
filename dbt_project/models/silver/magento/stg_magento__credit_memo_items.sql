-- one row per version of a credit memo and item of it; one without an item where it has none
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'credit_memo_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'order_id', 'path': 'order_id', 'type': 'text', 'required': true},
  {'name': 'store_id', 'path': 'store_id', 'type': 'text', 'required': true},
  {'name': 'state', 'path': 'state', 'type': 'integer'},
  {'name': 'refunded_at', 'path': 'created_at', 'type': 'utc', 'required': true},
  {'name': 'currency', 'path': 'order_currency_code', 'type': 'text', 'required': true},
  {'name': 'base_currency', 'path': 'base_currency_code', 'type': 'text', 'required': true},
  {'name': 'fx_rate_stated', 'path': 'base_to_order_rate', 'type': 'rate'},
] %}

{% set item_fields = [
  {'name': 'credit_memo_item_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'order_item_id', 'path': 'order_item_id', 'type': 'text', 'required': true},
  {'name': 'sku', 'path': 'sku', 'type': 'text', 'required': true},
  {'name': 'product_name', 'path': 'name', 'type': 'text'},
  {'name': 'quantity', 'path': 'qty', 'type': 'decimal', 'required': true},
  {'name': 'unit_price', 'path': 'price', 'type': 'decimal'},
  {'name': 'gross_amount', 'path': 'row_total', 'type': 'decimal'},
  {'name': 'gross_amount_base', 'path': 'base_row_total', 'type': 'decimal'},
  {'name': 'discount_amount', 'path': 'discount_amount', 'type': 'decimal'},
  {'name': 'discount_amount_base', 'path': 'base_discount_amount', 'type': 'decimal'},
  {'name': 'discount_tax_amount', 'path': 'discount_tax_compensation_amount', 'type': 'decimal'},
  {'name': 'discount_tax_amount_base', 'path': 'base_discount_tax_compensation_amount', 'type': 'decimal'},
  {'name': 'tax_amount', 'path': 'tax_amount', 'type': 'decimal'},
  {'name': 'tax_amount_base', 'path': 'base_tax_amount', 'type': 'decimal'},
  {'name': 'levy_amount', 'path': 'weee_tax_applied_row_amount', 'type': 'decimal'},
  {'name': 'levy_amount_base', 'path': 'base_weee_tax_applied_row_amnt', 'type': 'decimal'},
] %}

{{ typed_elements(source('magento', 'credit_memos'), 'magento', 'credit_memos', 'items', fields, item_fields) }}
