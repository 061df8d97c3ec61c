{# Query for when orders were delivered and canceled, by the newest version of each entry of their status histories.
   orders: a table of source and order_id, or none for all. #}
{% macro order_milestones(events, orders=none) -%}
  select
    source, order_id,
    min(case when status in ('{{ var("delivered_statuses") | join("', '") }}') then happened_at end) as delivered_at,
    min(case when status = 'canceled' then happened_at end) as canceled_at,
    max(_sequence) as _event_sequence
  from (
    select
      events.*,
      row_number() over (
        partition by events.source, events.order_id, events.event_id
        order by events._version_at desc, events._sequence desc, events._position desc
      ) as nth
    from {{ events }} as events
    {%- if orders %}
    inner join {{ orders }} as orders on events.source = orders.source and events.order_id = orders.order_id
    {%- endif %}
  ) as newest
  where nth = 1
  group by source, order_id
{%- endmacro %}
