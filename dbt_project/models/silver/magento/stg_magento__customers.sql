-- one row per version of a customer with an account
{{ config(materialized='incremental', incremental_strategy='append') }}

-- Names, addresses and the like stay in bronze: nothing in gold needs them.
{% set fields = [
  {'name': 'customer_id', 'path': 'id', 'type': 'text', 'required': true},
  {'name': 'customer_group_id', 'path': 'group_id', 'type': 'text'},
  {'name': 'store_id', 'path': 'store_id', 'type': 'text'},
  {'name': 'website_id', 'path': 'website_id', 'type': 'text'},
  {'name': 'registered_at', 'path': 'created_at', 'type': 'utc'},
  {'name': 'country', 'path': ['addresses', 0, 'country_id'], 'type': 'text'},
  {'name': 'is_subscribed', 'path': 'extension_attributes.is_subscribed', 'type': 'flag'},
] %}

{{ typed_versions(source('magento', 'customers'), 'magento', 'customers', fields, carried=['_subject_key']) }}
