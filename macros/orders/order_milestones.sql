{# Query for when orders were delivered and canceled, by the newest version of each entry of their status histories. canceled_at
   is when the last cancellation began, since an order may be opened again; whether it was, its state says.
   orders: a table of source and order_id, or none for all. #}
{% macro order_milestones(events, orders=none) -%}
  select
    source, order_id,
    min(case when status in ('{{ var("delivered_statuses") | join("', '") }}') then happened_at end) as delivered_at,
    coalesce(
      min(case when status = 'canceled' and happened_at >= coalesce(opened_at, happened_at) then happened_at end),
      max(case when status = 'canceled' then happened_at end)
    ) as canceled_at,
    max(_sequence) as _event_sequence
  from (
    select
      *,
      -- Of what happened in the same second, the cancellation is the last.
      max(case when status <> 'canceled' then happened_at end) over (partition by source, order_id) as opened_at
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
    ) as versions
    where nth = 1
  ) as newest
  group by source, order_id
{%- endmacro %}
