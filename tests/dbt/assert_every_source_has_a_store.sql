-- Warns of stores that records name and that neither the seed `stores` nor the shop's own settings describe, or by a time zone
-- that nobody knows: their days are those of the source's other stores, or of UTC, and a currency that no record states is
-- `XXX`. Add a row to seeds/stores.csv, or pull the shop's store_configs.
{{ config(severity='warn') }}

select system, source, store_id, time_zone, currency
from {{ ref('int_stores') }}
where not is_described
