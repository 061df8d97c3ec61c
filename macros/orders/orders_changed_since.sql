{# Query for the orders of the records of a stage that have versions of pulls above a number: `since` is the column of it in
   `seen`, a table of one row. A version that deletes names no order: those before it do. #}
{% macro orders_changed_since(stage, seen, since) -%}
  select distinct versions.source, versions.order_id
  from {{ stage }} as versions
  where
    versions.order_id is not null
    and versions._record_key in (select told._record_key from {{ stage }} as told cross join {{ seen }} as seen where told._sequence > seen.{{ since }})
{%- endmacro %}
