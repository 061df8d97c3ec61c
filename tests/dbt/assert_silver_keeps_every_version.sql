-- Fails when silver holds another number of versions than all completed pulls have landed and deleted: then an
-- incremental run skipped a pull or took one twice. A full refresh mends it; the cause is a watermark.
with landed as (
  select sum(records_landed + records_deleted) as versions
  from {{ ref('pulls') }}
  where status = 'completed' and system = 'online_retail' and entity = 'invoice_lines'
),

held as (
  select count(*) as versions from {{ ref('stg_online_retail__invoice_lines') }}
)

select landed.versions as versions_landed, held.versions as versions_held
from landed
cross join held
where coalesce(landed.versions, 0) <> held.versions
