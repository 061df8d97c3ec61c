{# Query for the newest version of each record of a stage that could be read, all rows of it, but not of records that are
   gone. A record's own time of change counts before the order in which its versions came: an old one may be replayed.
   orders: a table of source and order_id, where only their records are wanted. #}
{% macro newest_versions(stage, orders=none) -%}
  select versions.*
  from {{ stage }} as versions
  inner join (
    select
      _sequence, _position,
      row_number() over (
        partition by _record_key order by coalesce(_record_at, _ingested_at) desc, _sequence desc, _position desc
      ) as nth
    from (
      select _record_key, _record_at, _ingested_at, _sequence, _position
      from {{ stage }}
      {%- if orders %}
      where _record_key in ({{ records_of_orders(stage, orders) }})
      {%- endif %}
      group by _record_key, _record_at, _ingested_at, _sequence, _position
      having count(_errors) = 0
    ) as readable
  ) as ranked
    on versions._sequence = ranked._sequence and versions._position = ranked._position
  where ranked.nth = 1 and not versions._is_deleted
{%- endmacro %}
