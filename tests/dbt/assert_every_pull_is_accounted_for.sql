-- Fails when a pull's records do not add up: read must be landed, known or quarantined, bronze must hold what the ledger
-- says has landed, and silver must have read all of it. Then records were lost or doubled between the two that differ.
select
  pull_id,
  system,
  source,
  entity,
  records_read,
  records_landed,
  records_known,
  records_quarantined,
  records_deleted,
  bronze_rows,
  silver_versions,
  verdict
from {{ ref('conservation') }}
where not (is_read_accounted_for and coalesce(is_bronze_complete, true) and coalesce(is_silver_complete, true))
