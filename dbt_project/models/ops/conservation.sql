-- one row per completed pull: whether all it read is accounted for, in the ledger, in bronze and in silver
{{ config(materialized='incremental', incremental_strategy='merge', unique_key='pull_id') }}

{# A feed is a table of bronze that the project declares; its stages are the models that read it. #}
{% set stages = silver_stages() -%}
{% set feeds = [] -%}
{% for feed in (graph.sources.values() if execute else []) | sort(attribute='unique_id') if feed.source_name != 'ledger' -%}
  {% set own = stages | selectattr('system', 'eq', feed.source_name) | selectattr('entity', 'eq', feed.name) | list -%}
  {# What judges a pull: another edition of this model, another stage, and it is judged again. #}
  {% set judge = local_md5(model.raw_code ~ own | map(attribute='name') | list ~ own | map(attribute='rows') | list) -%}
  {% set is_late = own | selectattr('is_late') | list | length > 0 -%}
  {% do feeds.append({'system': feed.source_name, 'entity': feed.name, 'stages': own | length, 'judge': judge, 'is_late': is_late}) -%}
{% endfor -%}
{% set judges -%}
  select judges.system, judges.entity, judges.stages, judges.is_late, judges.judged_by
  from (
    values {%- for feed in feeds %}
    ('{{ feed.system }}', '{{ feed.entity }}', {{ feed.stages }}, {{ feed.is_late }}, '{{ feed.judge }}'){{ ',' if not loop.last }}
    {%- else %} ('', '', 0, false, '') {%- endfor %}
  ) as judges (system, entity, stages, is_late, judged_by)
{%- endset -%}

{% set unseen -%}
  select pulls.pull_id
  from {{ ref('pulls') }} as pulls
  {%- if is_incremental() %}
  left join {{ this }} as this on pulls.pull_id = this.pull_id
  left join ({{ judges }}) as judges on pulls.system = judges.system and pulls.entity = judges.entity
  where
    pulls.status = 'completed'
    -- A verdict stands as long as its judge does; what was found wrong is looked at again each time.
    and (this.pull_id is null or this.judged_by is distinct from judges.judged_by or this.verdict not in ('complete', 'has no stage yet'))
  {%- else %}
  where pulls.status = 'completed'
  {%- endif %}
{%- endset -%}
{% set sequences = 'select sequence from ' ~ ref('pulls') ~ ' where pull_id in (' ~ unseen ~ ')' -%}
{% set news = (query_to_in_list(sequences) or sequences) if is_incremental() -%}
{% set keys = query_to_in_list(unseen) if is_incremental() -%}
with judges as (
  {{ judges }}
),

pulls as (
  select *
  from {{ ref('pulls') }}
  where status = 'completed'
  {%- if is_incremental() %} and sequence in ({{ news }}){% endif %}
),

-- Counted in bronze itself, apart from the models that read it.
in_bronze as (
  {%- for feed in feeds %}
  {{ 'union all' if not loop.first }}
  {{ bronze_rows_by_pull(source(feed.system, feed.entity), feed.system, feed.entity, unseen, among=keys) }}
  {%- else %} select null as _pull_id, null as row_count {%- endfor %}
),

-- Some entities are read by several stages, and each of them has to have every version.
in_silver as (
  select _sequence, count(*) as stages, min(row_count) as fewest, max(row_count) as most, max(refused_count) as refused_count
  from (
    {%- for stage in stages %}
    {{ 'union all' if not loop.first }}
    select
      _sequence, count({{ stage.rows }} _position) as row_count,
      count({{ stage.rows }} case when _errors is not null then _position end) as refused_count
    from {{ stage.relation }}
    {%- if is_incremental() %} where _sequence in ({{ news }}){% endif %}
    group by _sequence
    {%- else %} select null as _sequence, null as row_count, null as refused_count {%- endfor %}
  ) as stages
  group by _sequence
),

counted as (
  select
    pulls.pull_id, pulls.sequence, pulls.system, pulls.source, pulls.entity,
    pulls.records_read, pulls.records_landed, pulls.records_known, pulls.records_quarantined, pulls.records_deleted,
    case when judges.system is not null then coalesce(in_bronze.row_count, 0) end as bronze_rows,
    case when judges.stages > 0 then case when in_silver.stages = judges.stages then in_silver.fewest else 0 end end as silver_versions,
    case when judges.stages > 0 then coalesce(in_silver.refused_count, 0) end as silver_refused,
    pulls.records_read = pulls.records_landed + pulls.records_known + pulls.records_quarantined as is_read_accounted_for,
    case
      when coalesce(judges.stages, 0) = 0 or (judges.is_late and coalesce(in_silver.stages, 0) < judges.stages) then null
      when in_silver.stages is null then coalesce(in_bronze.row_count, 0) = 0
      else in_silver.stages = judges.stages and in_silver.fewest = coalesce(in_bronze.row_count, 0) and in_silver.most = in_silver.fewest
    end as is_silver_complete,
    coalesce(judges.stages, 0) as stages, judges.judged_by
  from pulls
  left join judges on pulls.system = judges.system and pulls.entity = judges.entity
  left join in_bronze on pulls.pull_id = in_bronze._pull_id
  left join in_silver on pulls.sequence = in_silver._sequence
)

{% set columns = model.columns.keys() | reject('in', ['is_bronze_complete', 'verdict']) -%}
select
  {{ columns | join(', ') }},
  bronze_rows = records_landed + records_deleted as is_bronze_complete,
  case
    when not is_read_accounted_for then 'what was read is not what landed, was known and was refused'
    when bronze_rows <> records_landed + records_deleted then 'bronze does not hold what landed'
    when stages = 0 then 'has no stage yet'
    when is_silver_complete is null then 'its stage has not come to it yet'
    when is_silver_complete then 'complete'
    else 'silver does not hold what bronze holds'
  end as verdict
from counted
