-- one row per version of an order and entry of its status history; one without an entry where it has none
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'order_id', 'path': 'entity_id', 'type': 'text', 'required': true},
] %}

-- What people wrote beside a status is theirs: it is not read.
{% set entry_fields = [
  {'name': 'event_id', 'path': 'entity_id', 'type': 'text', 'required': true},
  {'name': 'happened_at', 'path': 'created_at', 'type': 'utc', 'required': true},
  {'name': 'status', 'path': 'status', 'type': 'text'},
  {'name': 'entity_name', 'path': 'entity_name', 'type': 'text'},
] %}

{{ typed_elements(source('magento', 'orders'), 'magento', 'orders', 'status_histories', fields, entry_fields) }}
