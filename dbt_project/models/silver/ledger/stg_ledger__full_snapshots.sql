-- one row per snapshot: a pull that took in all there is, and the moment that it speaks for, whether or not it landed anything
{{ config(materialized='view') }}

select
  sequence as _sequence,
  system,
  source,
  entity,
  window_end as snapshot_at,
  cast(window_end as date) as snapshot_date
from {{ ref('pulls') }}
where status = 'completed' and scope = 'full' and window_end is not null
