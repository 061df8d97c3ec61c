-- one row per version of an order
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'order_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'order_number', 'path': 'increment_id', 'type': 'text', 'required': true},
  {'name': 'store_id', 'path': 'store_id', 'type': 'text', 'required': true},
  {'name': 'customer_id', 'path': 'customer_id', 'type': 'text'},
  {'name': 'state', 'path': 'state', 'type': 'text'},
  {'name': 'status', 'path': 'status', 'type': 'text'},
  {'name': 'ordered_at', 'path': 'created_at', 'type': 'utc', 'required': true},
  {'name': 'currency', 'path': 'order_currency_code', 'type': 'text', 'required': true},
  {'name': 'base_currency', 'path': 'base_currency_code', 'type': 'text', 'required': true},
  {'name': 'fx_rate_stated', 'path': 'base_to_order_rate', 'type': 'rate'},
  {'name': 'coupon_code', 'path': 'coupon_code', 'type': 'text'},
  {
    'name': 'ship_country',
    'path': ['extension_attributes', 'shipping_assignments', 0, 'shipping', 'address', 'country_id'],
    'type': 'text',
  },
  {'name': 'bill_country', 'path': 'billing_address.country_id', 'type': 'text'},
  {'name': 'shipping_amount', 'path': 'shipping_amount', 'type': 'decimal'},
  {'name': 'shipping_amount_base', 'path': 'base_shipping_amount', 'type': 'decimal'},
  {'name': 'shipping_discount_amount', 'path': 'shipping_discount_amount', 'type': 'decimal'},
  {'name': 'shipping_discount_amount_base', 'path': 'base_shipping_discount_amount', 'type': 'decimal'},
  {'name': 'shipping_discount_tax_amount', 'path': 'shipping_discount_tax_compensation_amount', 'type': 'decimal'},
  {'name': 'shipping_discount_tax_amount_base', 'path': 'base_shipping_discount_tax_compensation_amnt', 'type': 'decimal'},
  {'name': 'shipping_tax_amount', 'path': 'shipping_tax_amount', 'type': 'decimal'},
  {'name': 'shipping_tax_amount_base', 'path': 'base_shipping_tax_amount', 'type': 'decimal'},
  {'name': 'shipping_canceled_amount', 'path': 'shipping_canceled', 'type': 'decimal'},
  {'name': 'total_amount', 'path': 'grand_total', 'type': 'decimal', 'required': true},
  {'name': 'total_amount_base', 'path': 'base_grand_total', 'type': 'decimal', 'required': true},
  {'name': 'canceled_amount', 'path': 'total_canceled', 'type': 'decimal'},
  {'name': 'canceled_amount_base', 'path': 'base_total_canceled', 'type': 'decimal'},
] + prepaid_fields(['gift_cards', 'customer_balance', 'reward_currency']) %}

{{ typed_versions(source('magento', 'orders'), 'magento', 'orders', fields, carried=['_subject_key']) }}
