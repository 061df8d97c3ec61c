{# Query for one number that stands for all that some small tables and settings say: rows that were made with
   another one have to be made again. Reads the tables themselves, not their files, which may not be loaded yet. #}
{% macro fingerprint(tables, settings=[]) -%}
  {{ return(adapter.dispatch('fingerprint')(tables, settings)) }}
{%- endmacro %}

{% macro duckdb__fingerprint(tables, settings) -%}
  select {{ text_hash('said.text') }} as fingerprint
  from (
    select concat_ws(chr(10){% for setting in settings %}, '{{ setting }}'{% endfor %}
      {%- for table in tables %}, (select string_agg({{ key_text(table.columns) }}, chr(10) order by {{ key_text(table.columns) }}) from {{ table.relation }}){% endfor %}) as text
  ) as said
{%- endmacro %}

{% macro athena__fingerprint(tables, settings) -%}
  select {{ text_hash('said.text') }} as fingerprint
  from (
    select concat_ws(chr(10){% for setting in settings %}, '{{ setting }}'{% endfor %}
      {%- for table in tables %}, (select array_join(array_agg({{ key_text(table.columns) }} order by {{ key_text(table.columns) }}), chr(10)) from {{ table.relation }}){% endfor %}) as text
  ) as said
{%- endmacro %}
