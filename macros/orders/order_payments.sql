{# Query for what was invoiced and given back of orders, one row per order that anything was, from the newest versions of
   its invoices and credit memos that were not taken back themselves. orders: a table of source and order_id, or none for all. #}
{% macro order_payments(invoices, credit_memos, orders=none) -%}
with invoices as (
  select
    source, order_id,
    -- State 1 is open: invoiced, and not paid.
    min(case when state is distinct from 1 then invoiced_at end) as paid_at,
    case when count(case when state = 1 then 1 end) = 0 then max(invoiced_at) end as fully_paid_at,
    sum(case when state is distinct from 1 then total_amount end) as paid_amount,
    sum(total_amount) as invoiced_amount,
    sum(total_amount_base) as invoiced_amount_base,
    max(_sequence) as _invoice_sequence
  from ({{ newest_versions(invoices, orders) }}) as newest
  where state is distinct from 3
  group by source, order_id
),

credit_memos as (
  select
    *,
    sum(total_amount) over (
      partition by source, order_id order by refunded_at, _record_key rows between unbounded preceding and current row
    ) as amount_so_far
  from ({{ newest_versions(credit_memos, orders) }}) as newest
  where state is distinct from 3
),

refunds as (
  select
    credit_memos.source, credit_memos.order_id,
    min(credit_memos.refunded_at) as refunded_at,
    min(case when credit_memos.amount_so_far >= invoices.paid_amount then credit_memos.refunded_at end) as fully_refunded_at,
    sum(credit_memos.total_amount) as refunded_amount,
    sum(credit_memos.total_amount_base) as refunded_amount_base,
    max(credit_memos._sequence) as _memo_sequence
  from credit_memos
  left join invoices on credit_memos.source = invoices.source and credit_memos.order_id = invoices.order_id
  group by credit_memos.source, credit_memos.order_id
)

select
  coalesce(invoices.source, refunds.source) as source,
  coalesce(invoices.order_id, refunds.order_id) as order_id,
  invoices.paid_at,
  invoices.fully_paid_at,
  invoices.invoiced_amount,
  invoices.invoiced_amount_base,
  refunds.refunded_at,
  refunds.fully_refunded_at,
  refunds.refunded_amount,
  refunds.refunded_amount_base,
  invoices._invoice_sequence,
  refunds._memo_sequence
from invoices
full outer join refunds on invoices.source = refunds.source and invoices.order_id = refunds.order_id
{%- endmacro %}
