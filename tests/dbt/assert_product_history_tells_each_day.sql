-- Fails for each day on which a product was sold and for which the history tells another description or price, or
-- none: then an interval was cut at the wrong day.
with days as (
  select
    {{ surrogate_key(['system', 'sku']) }} as product_key,
    system,
    source,
    order_date,
    description,
    list_price,
    currency
  from {{ ref('int_product_days') }}
)

select
  days.*,
  history.description as history_description,
  history.list_price as history_list_price
from days
left join {{ ref('dim_product_history') }} as history
  on
    days.product_key = history.product_key
    and days.system = history.system and days.source = history.source
    and days.order_date between history.valid_from and history.valid_to
where
  history.product_key is null
  or days.description is distinct from history.description
  or days.list_price <> history.list_price
  or days.currency <> history.currency
