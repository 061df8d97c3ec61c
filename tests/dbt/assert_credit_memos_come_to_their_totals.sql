-- Warns of credit memos whose lines do not come to the total that their shop states, in its currency or in the base
-- currency: then a line was missed or counted twice, or something was given back, or kept, that no line tells.
{{ config(severity='warn') }}

{% set kinds = ['gift_cards', 'customer_balance'] -%}
with stated as (
  select
    memos.source,
    'C' || memos.credit_memo_id as order_id,
    memos.total_amount + {{ prepaid_amount('memos', kinds) }} as total_amount,
    memos.total_amount_base + {{ prepaid_amount('memos', kinds, '_base') }} as total_amount_base
  from ({{ newest_versions(ref('stg_magento__credit_memos')) }}) as memos
  where memos.state is distinct from 3
),

lines as (
  select source, order_id, -sum(net_amount + tax_amount) as total_amount, -sum(net_amount_base + tax_amount_base) as total_amount_base
  from {{ ref('fct_return_lines') }}
  where system = 'magento'
  group by source, order_id
)

select
  stated.source, stated.order_id,
  lines.total_amount, stated.total_amount as stated_total_amount,
  lines.total_amount_base, stated.total_amount_base as stated_total_amount_base
from stated
left join lines on stated.source = lines.source and stated.order_id = lines.order_id
where
  coalesce(lines.total_amount, 0) is distinct from stated.total_amount
  or coalesce(lines.total_amount_base, 0) is distinct from stated.total_amount_base
