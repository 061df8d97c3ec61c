-- one row per line that is not on a C invoice
select * from {{ ref('lines') }} where not is_return
