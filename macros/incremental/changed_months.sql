{# Months in which tables that have partitions of months may hold other rows than when this model was last built: pairs of a
   first day and the first day behind the last. None where it may be any month: before there is a table, in a unit test,
   and on DuckDB, where who asks is made anew. No row is read: Iceberg tells which commits came after this model's own
   last one, and of which months the files are that they brought, also those that only say what went. #}
{% macro changed_months(tables) -%}
  {{ return(adapter.dispatch('changed_months')(tables)) }}
{%- endmacro %}

{% macro duckdb__changed_months(tables) -%}
  {{ return(none) }}
{%- endmacro %}

{% macro athena__changed_months(tables) -%}
  {%- if not may_read_metadata() -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set query -%}
  with last_build as (
    select max(committed_at) as committed_at from {{ metadata_of(this, 'snapshots') }}
  )
  {%- for table in tables %}
  {{ 'union all' if not loop.first }}
  -- Commits that VACUUM forgot are the oldest: with one from before the last build, all those behind it are there.
  select cast(null as varchar) as first_month, cast(null as varchar) as last_month, coalesce(min(commits.committed_at) <= max(last_build.committed_at), false) as is_told
  from {{ metadata_of(table, 'snapshots') }} as commits
  cross join last_build
  union all
  select months.lower_bound as first_month, months.upper_bound as last_month, not months.contains_null as is_told
  from (
    -- The month is the last thing that a table has partitions of.
    select added_snapshot_id, element_at(partition_summaries, -1) as months
    from {{ metadata_of(table, 'manifests') }}
  ) as manifests
  inner join {{ metadata_of(table, 'snapshots') }} as commits on manifests.added_snapshot_id = commits.snapshot_id
  cross join last_build
  where commits.committed_at > last_build.committed_at
  {%- endfor %}
  {%- endset -%}
  {%- set rows = run_query(query).rows -%}
  {%- if rows | rejectattr('is_told') | list -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set spans = [] -%}
  {%- for row in rows if row['first_month'] is not none -%}
    {%- set year, month = row['last_month'].split('-') | map('int') -%}
    {%- set behind = '%04d-%02d-01' % ((year + 1, 1) if month == 12 else (year, month + 1)) -%}
    {%- do spans.append((row['first_month'] ~ '-01', behind)) -%}
  {%- endfor -%}
  {{ return(spans | unique | sort) }}
{%- endmacro %}
