-- Warns of returns that their system links to a sale that they do not fit: dated before it, of another product, of no units
-- though of money, or, with all others of that line, of more units than were sold. They count as they are stated.
{{ config(severity='warn') }}

with stated as (
  select * from {{ ref('fct_return_lines') }}
  where match_method in ('stated', 'stated_earlier')
),

sold as (
  select * from {{ ref('fct_order_lines') }}
),

given_back as (
  select returned_order_line_key, -sum(least(quantity, 0)) as quantity
  from stated
  where line_type = 'product'
  group by returned_order_line_key
),

judged as (
  select
    case
      when stated.match_method = 'stated_earlier' then 'dated before its order'
      when stated.line_type <> 'product' then null
      when stated.sku <> sold.sku then 'of another product'
      when stated.quantity = 0 and stated.net_amount <> 0 then 'money back for no units'
      when given_back.quantity > sold.quantity then 'more units than were sold'
    end as problem,
    stated.system, stated.source, stated.order_id, stated.returned_order_id, stated.sku, stated.quantity, stated.order_line_key, stated._sequence
  from stated
  left join sold on stated.returned_order_line_key = sold.order_line_key
  left join given_back on stated.returned_order_line_key = given_back.returned_order_line_key
)

select * from judged
where problem is not null
