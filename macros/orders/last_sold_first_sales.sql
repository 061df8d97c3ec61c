{# Query for each return of a stack, with how many units lay below it (level_before), and the sale that holds the topmost of these
   and so gave what came back: the latest one before it that began lower. None where nothing lay there. levels: the movements
   of all stacks, with stack_key, their order nth, and level_before. #}
{% macro last_sold_first_sales(levels) -%}
  {{ return(adapter.dispatch('last_sold_first_sales')(levels)) }}
{%- endmacro %}

{% macro duckdb__last_sold_first_sales(levels) -%}
with holders as (
  select
    returned.order_line_key,
    max(sold.nth) as holder_nth
  from {{ levels }} as returned
  inner join {{ levels }} as sold
    on
      returned.stack_key = sold.stack_key
      and sold.nth < returned.nth
      and sold.level_before < returned.level_before
  where returned.is_return and not sold.is_return
  group by returned.order_line_key
)

select
  returned.order_line_key,
  returned.level_before,
  sold.order_line_key as sold_order_line_key,
  sold.order_id as sold_order_id,
  sold.level_before as sold_level_before
from {{ levels }} as returned
left join holders on returned.order_line_key = holders.order_line_key
left join {{ levels }} as sold on returned.stack_key = sold.stack_key and holders.holder_nth = sold.nth
where returned.is_return
{%- endmacro %}

{% macro athena__last_sold_first_sales(levels) -%}
{#- By one name of the movements, since each is read from the start: what came before travels with each of them. -#}
select
  order_line_key,
  level_before,
  holder.order_line_key as sold_order_line_key,
  holder.order_id as sold_order_id,
  holder.level_before as sold_level_before
from (
  select
    order_line_key,
    is_return,
    level_before,
    element_at(filter(earlier, movement -> not movement.is_return and movement.level_before < level_before), -1) as holder
  from (
    select
      order_line_key,
      is_return,
      level_before,
      coalesce(
        array_agg(
          cast(
            row(order_line_key, order_id, is_return, level_before)
            as row(order_line_key bigint, order_id varchar, is_return boolean, level_before decimal(38, 4))
          )
        ) over (partition by stack_key order by nth rows between unbounded preceding and 1 preceding),
        array[]
      ) as earlier
    from {{ levels }}
  ) as gathered
) as held
where is_return
{%- endmacro %}
