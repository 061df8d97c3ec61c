-- Fails when lines come from a store that neither the seed `stores` nor the shop's own settings know: without its time zone
-- and currency its lines have no day and no amount. Add a row to seeds/stores.csv, or pull the shop's store_configs.
select lines.system, lines.source, lines.store_id, count(*) as line_count
from {{ ref('int_order_lines') }} as lines
left join {{ ref('int_stores') }} as stores
  on lines.system = stores.system and lines.source = stores.source and lines.store_id = stores.store_id
where stores.store_id is null and not lines._is_deleted
group by lines.system, lines.source, lines.store_id
