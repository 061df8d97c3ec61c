-- two rows per row of facts that has a group, one of them with another number
select
  id,
  grp as team,
  num
from {{ ref('facts') }}
where grp is not null

union all

select
  id + 100 as id,
  grp as team,
  num + 1 as num
from {{ ref('facts') }}
where grp is not null
