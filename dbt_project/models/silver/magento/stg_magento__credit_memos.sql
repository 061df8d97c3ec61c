-- one row per version of a credit memo
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
  {'name': 'discount_amount', 'path': 'discount_amount', 'type': 'decimal'},
  {'name': 'discount_amount_base', 'path': 'base_discount_amount', 'type': 'decimal'},
  {'name': 'discount_tax_amount', 'path': 'discount_tax_compensation_amount', 'type': 'decimal'},
  {'name': 'discount_tax_amount_base', 'path': 'base_discount_tax_compensation_amount', 'type': 'decimal'},
  {'name': 'shipping_amount', 'path': 'shipping_amount', 'type': 'decimal'},
  {'name': 'shipping_amount_base', 'path': 'base_shipping_amount', 'type': 'decimal'},
  {'name': 'shipping_discount_tax_amount', 'path': 'shipping_discount_tax_compensation_amount', 'type': 'decimal'},
  {'name': 'shipping_discount_tax_amount_base', 'path': 'base_shipping_discount_tax_compensation_amnt', 'type': 'decimal'},
  {'name': 'shipping_tax_amount', 'path': 'shipping_tax_amount', 'type': 'decimal'},
  {'name': 'shipping_tax_amount_base', 'path': 'base_shipping_tax_amount', 'type': 'decimal'},
  {'name': 'adjustment_positive', 'path': 'adjustment_positive', 'type': 'decimal'},
  {'name': 'adjustment_positive_base', 'path': 'base_adjustment_positive', 'type': 'decimal'},
  {'name': 'adjustment_negative', 'path': 'adjustment_negative', 'type': 'decimal'},
  {'name': 'adjustment_negative_base', 'path': 'base_adjustment_negative', 'type': 'decimal'},
  {'name': 'total_amount', 'path': 'grand_total', 'type': 'decimal', 'required': true},
  {'name': 'total_amount_base', 'path': 'base_grand_total', 'type': 'decimal', 'required': true},
] + prepaid_fields(['gift_cards', 'customer_balance']) %}

{{ typed_versions(source('magento', 'credit_memos'), 'magento', 'credit_memos', fields) }}
