-- Warns of names of countries that a system writes and that no row of the seed `country_names` maps to a code:
-- their lines have no `ship_country` until one does.
{{ config(severity='warn') }}
select
  system,
  ship_country_name,
  count(*) as lines
from {{ ref('int_order_lines') }}
where ship_country_name is not null and ship_country is null and not _is_deleted
group by system, ship_country_name
