-- one row per store that records name, and one without a number per source whose records name none
{{ config(materialized='table') }}

with documents as (
  {%- for stage in [ref('stg_magento__orders'), ref('stg_magento__credit_memos')] %}
  {{ 'union all' if not loop.first }}
  select source, store_id, currency, base_currency from {{ stage }}
  where _errors is null and not _is_deleted
  {%- endfor %}
),

nameless as (
  select 'online_retail' as system, source from {{ ref('stg_online_retail__invoice_lines') }}
  union
  select 'magento' as system, source from {{ ref('stg_magento__products') }}
  union
  select 'magento' as system, source from {{ ref('stg_magento__customers') }}
)

-- Of several currencies the first in the alphabet, so that it is the same one in each build.
select 'magento' as system, source, store_id, min(currency) as currency, min(base_currency) as base_currency
from documents
group by source, store_id

union all

select system, source, null as store_id, null as currency, null as base_currency
from nameless
where system <> 'magento' or source not in (select documents.source from documents)
