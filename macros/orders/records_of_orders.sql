{# Query for the keys of the records of a stage that any version of them says are of some orders; orders: a table of source
   and order_id. #}
{% macro records_of_orders(stage, orders) -%}
  select told._record_key
  from {{ stage }} as told
  inner join {{ orders }} as orders on told.source = orders.source and told.order_id = orders.order_id
{%- endmacro %}
