{# First and last pulldate of the completed pulls of an entity that this model has not seen; empty where there is none.
   unseen: a query for the keys of these pulls; none stands for those above the model's own highest _sequence. Fetched before the model runs, because delta_scan skips files only where it is told literal bounds.
   Where the warehouse cannot be asked, the bounds are some: the SQL is there to be looked at. #}
{% macro pulldates_to_read(system, entity, unseen=none) -%}
  {%- set pulls = ref('pulls') -%}
  {%- if not can_query() -%} {{ return(['2000-01-01', '2000-01-01'] if execute else []) }} {%- endif -%}
  {%- if load_relation(pulls) is none -%} {{ return([]) }} {%- endif -%}
  {%- set query -%}
    select min(pulldate), max(pulldate)
    from {{ pulls }}
    where status = 'completed' and system = '{{ system }}' and entity = '{{ entity }}'
      and records_landed + records_deleted > 0
      {%- if unseen %} and pull_id in ({{ unseen }})
      {%- elif is_incremental() %} and sequence > (select coalesce(max(_sequence), 0) from {{ this }}){% endif %}
  {%- endset -%}
  {%- set row = run_query(query).rows[0] -%}
  {{ return([row[0] | string, row[1] | string] if row[0] is not none else []) }}
{%- endmacro %}
