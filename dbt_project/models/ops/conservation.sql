-- one row per completed pull: whether all it read is accounted for, in the ledger, in bronze and in silver
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='pull_id') }}

{% set stages = silver_stages() -%}
{% set feeds = [] -%}
{% for stage in stages %}{% do feeds.append((stage.system, stage.entity)) %}{% endfor -%}

{% set unseen -%}
  select pull_id, sequence
  from {{ ref('pulls') }}
  where status = 'completed' {%- if is_incremental() %} and sequence > (select coalesce(max(this.sequence), 0) from {{ this }} as this){% endif %}
{%- endset -%}
{% set sequences = 'select sequence from (' ~ unseen ~ ') as unseen' -%}
{% set news = (asked(sequences) or sequences) if is_incremental() -%}
{% set keys = asked('select pull_id from (' ~ unseen ~ ') as unseen') if is_incremental() -%}
with pulls as (
  select *
  from {{ ref('pulls') }}
  where status = 'completed'
  {% if is_incremental() %}
  and sequence in ({{ news }})
  {% endif %}
),

-- Counted in bronze itself, apart from the models that read it.
in_bronze as (
  {% for system, entity in feeds | unique %}
  {% if not loop.first %}
  union all
  {% endif %}
  {{ bronze_rows_by_pull(source(system, entity), system, entity, among=keys) }}
  {% endfor %}
),

stages as (
  {% for stage in stages %}
  {% if not loop.first %}
  union all
  {% endif %}
  select
    _sequence,
    count({{ stage.rows }} _position) as row_count,
    count({{ stage.rows }} case when _errors is not null then _position end) as refused_count
  from {{ ref(stage.name) }}
  {% if is_incremental() %}
  where _sequence in ({{ news }})
  {% endif %}
  group by _sequence
  {% endfor %}
),

-- Some entities are read by several stages, and each of them has to have every version.
in_silver as (
  select _sequence, count(*) as stages, min(row_count) as fewest, max(row_count) as most, max(refused_count) as refused_count
  from stages
  group by _sequence
),

readers as (
  {% for system, entity in feeds | unique %}
  {{ 'union all' if not loop.first }}
  select '{{ system }}' as system, '{{ entity }}' as entity, {{ feeds.count((system, entity)) }} as stages
  {%- endfor %}
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
  case
    when in_silver.stages = readers.stages then in_silver.fewest
    when readers.stages is not null then 0
  end as silver_versions,
  case when readers.stages is not null then coalesce(in_silver.refused_count, 0) end as silver_refused,
  pulls.records_read = pulls.records_landed + pulls.records_known + pulls.records_quarantined as is_read_accounted_for,
  coalesce(in_bronze.row_count, 0) = pulls.records_landed + pulls.records_deleted as is_bronze_complete,
  case
    when in_silver.stages = readers.stages
      then in_silver.fewest = coalesce(in_bronze.row_count, 0) and in_silver.most = coalesce(in_bronze.row_count, 0)
    when readers.stages is not null then coalesce(in_bronze.row_count, 0) = 0 and in_silver.stages is null
  end as is_silver_complete
from pulls
left join readers on pulls.system = readers.system and pulls.entity = readers.entity
left join in_bronze on pulls.pull_id = in_bronze._pull_id
left join in_silver on pulls.sequence = in_silver._sequence
