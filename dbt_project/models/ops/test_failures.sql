-- one row per row that broke a test when that test last ran (at most 100 a test); filled when a run has ended
{{ config(materialized='incremental', incremental_strategy='append') }}

select
  cast(null as varchar) as test_name,
  cast(null as varchar) as model_name,
  cast(null as varchar) as column_name,
  cast(null as varchar) as rule,
  cast(null as varchar) as status,
  cast(null as varchar) as row_key,
  cast(null as varchar) as failing_row,
  cast(null as varchar) as pull_id,
  cast(null as {{ sql_type('utc') }}) as failed_at
where 1 = 0
