-- one row per country
select distinct country from {{ ref('lines') }}
