-- one row per country of ISO 3166-1, and per code for what systems write instead of a country
select
  country_code,
  country_code_3,
  country_name,
  continent,
  region,
  currency,
  is_iso
from {{ ref('countries') }}
