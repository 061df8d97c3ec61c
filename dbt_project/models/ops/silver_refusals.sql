-- one row per version that silver could not type, in the shape of quarantine; what it superseded still counts

with pulls as (
  select * from {{ ref('pulls') }}
),

refused as (
  {% for stage in silver_stages() %}
  {% if not loop.first %}
  union all
  {% endif %}
  select _sequence, _position, _record_key, _errors, _ingested_at, {{ loop.index }} as stage
  from {{ stage.relation }}
  where _errors is not null
  {% endfor %}
),

-- What is wrong at the head of a document is wrong with each of its rows.
first_reasons as (
  select
    *,
    row_number() over (partition by _sequence, _position order by stage, _errors) as nth
  from refused
)

select
  pulls.pull_id,
  pulls.system,
  pulls.source,
  pulls.entity,
  'type' as rule,
  split_part(refused._errors, ':', 1) as field,
  refused._errors as reason,
  refused._ingested_at as quarantined_at,
  cast(null as {{ sql_type('utc') }}) as replayed_at,
  refused._position as position,
  refused._record_key
from first_reasons as refused
inner join pulls on refused._sequence = pulls.sequence
where refused.nth = 1
