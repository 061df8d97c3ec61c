-- one row per version that silver could not type, in the shape of quarantine; what it superseded still counts

with pulls as (
  select * from {{ ref('pulls') }}
),

refused as (
  {% for stage in ['stg_online_retail__invoice_lines', 'stg_ecb_fx__history_rates', 'stg_ecb_fx__daily_rates'] %}
  {% if not loop.first %}
  union all
  {% endif %}
  select _sequence, _position, _record_key, _errors, _refused_document, _ingested_at
  from {{ ref(stage) }}
  where _errors is not null
  {% endfor %}
)

select
  pulls.pull_id,
  pulls.system,
  pulls.source,
  pulls.entity,
  'type' as rule,
  split_part(refused._errors, ':', 1) as field,
  refused._errors as reason,
  refused._refused_document as document,
  refused._ingested_at as quarantined_at,
  cast(null as {{ sql_type('utc') }}) as replayed_at,
  refused._position as position,
  refused._record_key
from refused
inner join pulls on refused._sequence = pulls.sequence
