-- Warns of feeds that landed and that no model of silver reads: they are kept, and nobody sees them.
{{ config(severity='warn') }}

select system, entity, count(*) as pulls, sum(records_landed) as records_landed
from {{ ref('conservation') }}
where verdict = 'has no stage yet'
group by system, entity
