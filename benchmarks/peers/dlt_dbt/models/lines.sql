-- one row per line of an invoice, typed, in pounds and euros
with typed as (
  select
    invoice_no as order_id,
    invoice_date::timestamp as local_at,
    upper(trim(stock_code)) as sku,
    description,
    split_part(customer_id, '.', 1) as customer_id,
    country,
    quantity::decimal(18, 4) as quantity,
    unit_price::decimal(18, 4) as unit_price,
    (quantity::decimal(12, 2) * unit_price::decimal(14, 4))::decimal(18, 4) as net_amount
  from {{ source('bronze', 'lines') }}
)

select
  typed.order_id,
  typed.local_at::date as order_date,
  (typed.local_at at time zone 'Europe/London') at time zone 'UTC' as ordered_at,
  typed.sku,
  typed.description,
  typed.customer_id,
  typed.country,
  typed.order_id like 'C%' as is_return,
  case
    when typed.quantity < 0 and typed.order_id not like 'C%' then 'stock_adjustment'
    when line_types.line_type is not null then line_types.line_type
    when typed.order_id like 'A%' then 'adjustment'
    else 'product'
  end as line_type,
  typed.quantity,
  typed.unit_price,
  typed.net_amount,
  round(typed.net_amount::double / gbp.rate, 4)::decimal(18, 4) as net_amount_eur,
  gbp.rate_date as fx_rate_date
from typed
left join {{ ref('gbp') }} as gbp on gbp.day = typed.local_at::date
left join read_csv('{{ var("line_types") }}') as line_types on line_types.stock_code = typed.sku
