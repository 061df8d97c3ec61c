-- no row: the columns of facts
select *
from {{ ref('facts') }}
where id < 0
