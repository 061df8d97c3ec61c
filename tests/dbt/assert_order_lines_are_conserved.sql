-- Fails when the lines that silver holds and those of both fact tables differ in number, units or money: then a fact
-- lost, kept or doubled lines. Also fails when silver's current lines are not one per key of the versions behind them.
with versions as (
  select count(distinct order_line_key) as keys
  from {{ ref('int_order_line_versions') }}
),

silver as (
  select
    count(*) as keys,
    count(case when not _is_deleted then 1 end) as line_count,
    coalesce(sum(case when not _is_deleted then quantity end), 0) as quantity,
    coalesce(sum(case when not _is_deleted then net_amount end), 0) as net_amount
  from {{ ref('int_order_lines') }}
),

gold as (
  select count(*) as line_count, coalesce(sum(quantity), 0) as quantity, coalesce(sum(net_amount), 0) as net_amount
  from (
    select quantity, net_amount from {{ ref('fct_order_lines') }}
    union all
    select quantity, net_amount from {{ ref('fct_return_lines') }}
  ) as facts
)

select
  versions.keys as keys_of_versions,
  silver.keys as keys_in_silver,
  silver.line_count as lines_in_silver,
  gold.line_count as lines_in_gold,
  silver.quantity as quantity_in_silver,
  gold.quantity as quantity_in_gold,
  silver.net_amount as net_amount_in_silver,
  gold.net_amount as net_amount_in_gold
from versions
cross join silver
cross join gold
where
  versions.keys <> silver.keys
  or silver.line_count <> gold.line_count
  or silver.quantity <> gold.quantity
  or silver.net_amount <> gold.net_amount
