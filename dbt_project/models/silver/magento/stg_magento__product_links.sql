-- one row per version of a product and child of it, where it is configurable; one without a child where it has none
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'product_id', 'type': 'text', 'required': true},
  {'name': 'child_product_id', 'type': 'text'},
] %}

with versions as (
  {{ new_versions(source('magento', 'products'), 'magento', 'products') }}
),

links as (
  {{ document_elements('versions', ['extension_attributes', 'configurable_product_links']) }}
),

texts as (
  select
    {{ envelope() }},
    _document,
    {{ document_text('_document', 'id') }} as t_product_id,
    replace(_element, '"', '') as t_child_product_id
  from links
)

{{ typed_texts('texts', fields) }}
