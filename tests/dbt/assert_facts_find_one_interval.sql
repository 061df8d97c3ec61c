-- Fails when a line finds no interval of a history on its day, or several: then a join by date loses it, or counts it twice.
-- Days before 1900-01-01, where histories begin, are what a record wrote.
with facts as (
  select store_key, product_key, customer_key, order_date as date_day from {{ ref('fct_order_lines') }}
  union
  select store_key, product_key, customer_key, order_date as date_day from {{ ref('fct_return_lines') }}
  union
  select store_key, product_key, customer_key, ship_date as date_day from {{ ref('fct_shipment_lines') }}
),

products as (
  select facts.product_key, facts.store_key, facts.date_day, count(history.product_key) as intervals
  from (select distinct product_key, store_key, date_day from facts where date_day >= date '1900-01-01') as facts
  left join {{ ref('dim_product_history') }} as history
    on
      facts.product_key = history.product_key and facts.store_key = history.store_key
      and facts.date_day between history.valid_from and history.valid_to
  group by facts.product_key, facts.store_key, facts.date_day
),

customers as (
  select facts.customer_key, facts.date_day, count(history.customer_key) as intervals
  from (select distinct customer_key, date_day from facts where date_day >= date '1900-01-01') as facts
  left join {{ ref('dim_customer_history') }} as history
    on facts.customer_key = history.customer_key and facts.date_day between history.valid_from and history.valid_to
  group by facts.customer_key, facts.date_day
)

select 'product' as history, product_key as member_key, store_key, date_day, intervals from products
where intervals <> 1
union all
select 'customer' as history, customer_key as member_key, cast(null as bigint) as store_key, date_day, intervals from customers
where intervals <> 1
