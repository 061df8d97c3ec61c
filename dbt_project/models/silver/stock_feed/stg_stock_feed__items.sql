-- one row per version of an item of a feed, in whatever format
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set google = '{http://base.google.com/ns/1.0}' %}
{% set atom = '{http://www.w3.org/2005/Atom}' %}

-- What a format does not have is NULL; what no field asks for stays in bronze.
{% set fields = [
  {'name': 'sku', 'path': ['@sku'], 'type': 'text'},
  {'name': 'location', 'path': ['location', 0, '#text'], 'type': 'text'},
  {'name': 'quantity', 'path': ['quantity', 0, '#text'], 'type': 'decimal'},
  {'name': 'name', 'path': ['name', 0, '#text'], 'type': 'text'},
  {'name': 'title', 'path': ['title', 0, '#text'], 'type': 'text'},
  {'name': 'google_id', 'path': [google ~ 'id', 0, '#text'], 'type': 'text'},
  {'name': 'google_title', 'path': [google ~ 'title', 0, '#text'], 'type': 'text'},
  {'name': 'google_quantity', 'path': [google ~ 'quantity', 0, '#text'], 'type': 'decimal'},
  {'name': 'google_availability', 'path': [google ~ 'availability', 0, '#text'], 'type': 'text'},
  {'name': 'google_price', 'path': [google ~ 'price', 0, '#text'], 'type': 'text'},
  {'name': 'google_sale_price', 'path': [google ~ 'sale_price', 0, '#text'], 'type': 'text'},
  {'name': 'atom_id', 'path': [atom ~ 'id', 0, '#text'], 'type': 'text'},
  {'name': 'atom_title', 'path': [atom ~ 'title', 0, '#text'], 'type': 'text'},
  {'name': 'atom_updated_at', 'path': [atom ~ 'updated', 0, '#text'], 'type': 'utc'},
] %}

{{ typed_versions(source('stock_feed', 'items'), 'stock_feed', 'items', fields) }}
