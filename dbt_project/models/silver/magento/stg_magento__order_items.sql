-- one row per version of an order and item of it; one without an item where it has none
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'order_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'store_id', 'path': 'store_id', 'type': 'text', 'required': true},
  {'name': 'customer_id', 'path': 'customer_id', 'type': 'text'},
  {'name': 'state', 'path': 'state', 'type': 'text'},
  {'name': 'ordered_at', 'path': 'created_at', 'type': 'utc', 'required': true},
  {'name': 'currency', 'path': 'order_currency_code', 'type': 'text', 'required': true},
  {'name': 'base_currency', 'path': 'base_currency_code', 'type': 'text', 'required': true},
  {'name': 'fx_rate_stated', 'path': 'base_to_order_rate', 'type': 'rate'},
  {
    'name': 'ship_country',
    'path': ['extension_attributes', 'shipping_assignments', 0, 'shipping', 'address', 'country_id'],
    'type': 'text',
  },
  {'name': 'bill_country', 'path': 'billing_address.country_id', 'type': 'text'},
] %}

{% set item_fields = [
  {'name': 'item_id', 'path': 'item_id', 'type': 'text', 'required': true},
  {'name': 'parent_item_id', 'path': 'parent_item_id', 'type': 'text'},
  {'name': 'product_id', 'path': 'product_id', 'type': 'text'},
  {'name': 'product_type', 'path': 'product_type', 'type': 'text'},
  {'name': 'sku', 'path': 'sku', 'type': 'text', 'required': true},
  {'name': 'product_name', 'path': 'name', 'type': 'text'},
  {'name': 'quantity', 'path': 'qty_ordered', 'type': 'decimal', 'required': true},
  {'name': 'quantity_invoiced', 'path': 'qty_invoiced', 'type': 'decimal'},
  {'name': 'quantity_shipped', 'path': 'qty_shipped', 'type': 'decimal'},
  {'name': 'quantity_canceled', 'path': 'qty_canceled', 'type': 'decimal'},
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

{{ typed_elements(source('magento', 'orders'), 'magento', 'orders', 'items', fields, item_fields, carried=['_subject_key']) }}
