-- one row per version of a daily file and currency; one without a currency where a day was deleted
{{ config(materialized='incremental', incremental_strategy='append') }}

{% set fields = [
  {'name': 'rate_date', 'type': 'date', 'required': true},
  {'name': 'currency', 'type': 'text', 'required': true},
  {'name': 'rate', 'type': 'rate', 'required': true},
] %}

with versions as (
  {{ new_versions(source('ecb_fx', 'daily_rates'), 'ecb_fx', 'daily_rates') }}
),

days as (
  select *, {{ document_text('_document', '@time') }} as t_rate_date from versions
),

elements as (
  {{ document_elements('days', '{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube') }}
),

texts as (
  select
    {{ envelope() }},
    _document,
    t_rate_date,
    {{ document_text('_element', '@currency') }} as t_currency,
    {{ document_text('_element', '@rate') }} as t_rate
  from elements
)

{{ typed_texts('texts', fields) }}
