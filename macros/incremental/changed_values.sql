{# What a column says in the rows of a small table that are others than when this model was last built, for `in (…)`, as `query_to_in_list`
   has it: `null` where no row is. None where that cannot be told: before there is a table, in a unit test, where VACUUM
   forgot what the table was then, and on DuckDB, which compares. Two states of the table are read, and none if it is the same. #}
{% macro changed_values(table, column) -%}
  {{ return(adapter.dispatch('changed_values')(table, column)) }}
{%- endmacro %}

{% macro duckdb__changed_values(table, column) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__changed_values(table, column) -%}
  {%- if not may_read_metadata() -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set query -%}
    select
      max_by(commits.snapshot_id, commits.committed_at) filter (where commits.committed_at <= last_build.committed_at) as seen,
      max_by(commits.snapshot_id, commits.committed_at) as newest
    from {{ metadata_of(table, 'snapshots') }} as commits
    cross join (select max(committed_at) as committed_at from {{ metadata_of(this, 'snapshots') }}) as last_build
  {%- endset -%}
  {%- set seen, newest = run_query(query).rows[0].values() -%}
  {%- if seen is none -%}
    {{ return(none) }}
  {%- elif seen == newest -%}
    {{ return('null') }}
  {%- endif -%}
  {%- set was = table ~ ' for version as of ' ~ (seen | int) -%}
  {{ return(query_to_in_list(
    'select distinct ' ~ column ~ ' from ((select * from ' ~ table ~ ' except select * from ' ~ was
    ~ ') union all (select * from ' ~ was ~ ' except select * from ' ~ table ~ ')) as others'
  )) }}
{%- endmacro %}
