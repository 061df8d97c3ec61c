{# Query for the number of rows that pulls have in a bronze table. unseen: the query for the keys of these pulls; among: their
   keys, where they could be asked: by the days alone all that landed on them is read. #}
{% macro bronze_rows_by_pull(bronze, system, entity, unseen, among=none) -%}
  {%- set pulldates = pulldates_to_read(system, entity, unseen) -%}
  {%- if pulldates -%}
  select _pull_id, count(*) as row_count
  from {{ bronze }}
  where pulldate between date '{{ pulldates[0] }}' and date '{{ pulldates[1] }}'
  {%- if among %} and _pull_id in ({{ among }}){% endif %}
  group by _pull_id
  {%- else -%}
  select cast(null as varchar) as _pull_id, cast(null as bigint) as row_count
  where 1 = 0
  {%- endif -%}
{%- endmacro %}
