-- Warns of places whose stock several locations count: sums over all of them have it twice. Say in seeds/locations.csv which
-- source speaks for the place.
{{ config(severity='warn') }}

select place, count(*) as counted_locations, min(source || '/' || location) as one_of_them, max(source || '/' || location) as another
from {{ ref('dim_location') }}
where is_counted
group by place
having count(*) > 1
