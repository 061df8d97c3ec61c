-- one row per version of a store view's settings
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'store_id', 'path': 'id', 'type': 'text', 'required': true},
  {'name': 'store_code', 'path': 'code', 'type': 'text', 'required': true},
  {'name': 'website_id', 'path': 'website_id', 'type': 'text'},
  {'name': 'locale', 'path': 'locale', 'type': 'text'},
  {'name': 'time_zone', 'path': 'timezone', 'type': 'text', 'required': true},
  {'name': 'currency', 'path': 'default_display_currency_code', 'type': 'text', 'required': true},
  {'name': 'base_currency', 'path': 'base_currency_code', 'type': 'text', 'required': true},
] %}

{{ typed_versions(source('magento', 'store_configs'), 'magento', 'store_configs', fields) }}
