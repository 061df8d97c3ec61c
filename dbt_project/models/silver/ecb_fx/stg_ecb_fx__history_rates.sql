-- one row per version of a day of the history and currency; one without a currency where a day was deleted
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'rate_date', 'type': 'date', 'required': true},
  {'name': 'currency', 'type': 'text'},
  {'name': 'rate', 'type': 'rate'},
] %}

with versions as (
  {{ new_versions(source('ecb_fx', 'history_rates'), 'ecb_fx', 'history_rates') }}
),

days as (
  select *, {{ document_text('_document', 'Date') }} as t_rate_date from versions
),

entries as (
  {{ document_entries('days') }}
),

texts as (
  select
    {{ envelope() }},
    _document,
    t_rate_date,
    entry_key as t_currency,
    nullif(entry_text, 'N/A') as t_rate
  from entries
  -- The header's last column has no name.
  where entry_key is null or entry_key not in ('Date', '')
)

{{ typed_texts('texts', fields) }}
