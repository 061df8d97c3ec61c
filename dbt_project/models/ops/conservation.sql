-- one row per completed pull: whether all it read is accounted for, in the ledger, in bronze and in silver
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='pull_id') }}

{% set stages = [
  {'system': 'online_retail', 'entity': 'invoice_lines', 'stage': 'stg_online_retail__invoice_lines', 'rows': ''},
  {'system': 'ecb_fx', 'entity': 'history_rates', 'stage': 'stg_ecb_fx__history_rates', 'rows': 'distinct'},
  {'system': 'ecb_fx', 'entity': 'daily_rates', 'stage': 'stg_ecb_fx__daily_rates', 'rows': 'distinct'},
] %}
-- What silver does not read yet is followed as far as bronze.
{% set unread = {
  'magento': ['orders', 'invoices', 'credit_memos', 'shipments', 'products', 'customers', 'source_items', 'store_configs'],
  'stock_feed': ['items'],
} %}

{% set is_read = "pulls.system not in ('" ~ unread.keys() | join("', '") ~ "')" %}

with pulls as (
  select *
  from {{ ref('pulls') }}
  where status = 'completed'
  {% if is_incremental() %}
  and sequence > (select coalesce(max(this.sequence), 0) from {{ this }} as this)
  {% endif %}
),

-- Counted in bronze itself, apart from the models that read it.
in_bronze as (
  {% for stage in stages %}
  {% if not loop.first %}
  union all
  {% endif %}
  {{ bronze_rows_by_pull(source(stage.system, stage.entity), stage.system, stage.entity) }}
  {% endfor %}
  {% for system, entities in unread.items() %}
  {% for entity in entities %}
  union all
  {{ bronze_rows_by_pull(source(system, entity), system, entity) }}
  {% endfor %}
  {% endfor %}
),

in_silver as (
  -- The stages of rates have a row per currency.
  {% for stage in stages %}
  {% if not loop.first %}
  union all
  {% endif %}
  select
    _sequence,
    count({{ stage.rows }} _position) as row_count,
    count({{ stage.rows }} case when _errors is not null then _position end) as refused_count
  from {{ ref(stage.stage) }}
  {% if is_incremental() %}
  where _sequence > (select coalesce(max(this.sequence), 0) from {{ this }} as this)
  {% endif %}
  group by _sequence
  {% endfor %}
)

select
  pulls.pull_id,
  pulls.sequence,
  pulls.system,
  pulls.source,
  pulls.entity,
  pulls.records_read,
  pulls.records_landed,
  pulls.records_known,
  pulls.records_quarantined,
  pulls.records_deleted,
  coalesce(in_bronze.row_count, 0) as bronze_rows,
  case when {{ is_read }} then coalesce(in_silver.row_count, 0) end as silver_versions,
  case when {{ is_read }} then coalesce(in_silver.refused_count, 0) end as silver_refused,
  pulls.records_read = pulls.records_landed + pulls.records_known + pulls.records_quarantined as is_read_accounted_for,
  coalesce(in_bronze.row_count, 0) = pulls.records_landed + pulls.records_deleted as is_bronze_complete,
  case when {{ is_read }} then coalesce(in_silver.row_count, 0) = coalesce(in_bronze.row_count, 0) end as is_silver_complete
from pulls
left join in_bronze on pulls.pull_id = in_bronze._pull_id
left join in_silver on pulls.sequence = in_silver._sequence
