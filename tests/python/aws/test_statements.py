"""What the front makes of Athena's statements, and what it does not take; no engine is needed for it."""

import pytest

from sandbox.aws.front.errors import Refused
from sandbox.aws.front.statements import LONGEST, plan

ICEBERG = "table_type='iceberg', is_external=false, location='s3://b/x'"


def test_a_query_goes_on_as_it_was_written() -> None:
    """Athena and Trino read the same queries: whatever the front changed in one would be a fault of its own."""
    query = r"""/* {"app": "dbt"} */ with a as (select replace(x, '\', '\\') as x, ';' as y from "t") select * from a"""
    found = plan(query + " ;  ")
    assert found.statements == (query,)
    assert (found.kind, found.has_result) == ("DML", True)
    assert not plan("insert into t select 1").has_result


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            f'create table "awsdatacatalog"."s"."t" with ({ICEBERG}, partitioning=ARRAY[\'day(x)\', \'a\'], '
            "format='parquet') as\n select '\\' as a",
            'create table "athena_iceberg"."s"."t" with (location = \'s3://b/x\', '
            "partitioning = ARRAY['day(x)', 'a'], format = 'PARQUET') as select '\\' as a",
        ),
        (
            "create table s.t with (table_type='hive', is_external=true, external_location='s3://b/x', "
            "partitioned_by=ARRAY['a'], write_compression='snappy', format='orc') as select 1 as b, 2 as a",
            "create table \"s\".\"t\" with (external_location = 's3://b/x', partitioned_by = ARRAY['a'], "
            "format = 'ORC') as select 1 as b, 2 as a",
        ),
        (
            "create external table `s`.`t` (`a` string, b decimal(18, 4), c timestamp) partitioned by (d int) "
            "row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde' location 's3://x/y' "
            "tblproperties ('skip.header.line.count'='1')",
            'create table "s"."t" ("a" varchar, "b" decimal(18, 4), "c" timestamp(6), "d" integer) with '
            "(partitioned_by = array['d'], format = 'CSV', external_location = 's3://x/y', skip_header_line_count = 1)",
        ),
        (
            "create external table `s`.`t` location 's3://x/y/' tblproperties ('table_type' = 'DELTA')",
            "call athena_delta.system.register_table('s', 't', 's3://x/y/')",
        ),
        (
            "create table s.t (a int, b struct<x:int,y:array<string>>) partitioned by (day(b)) location 's3://x' "
            "tblproperties ('table_type'='ICEBERG', 'format'='parquet')",
            'create table "athena_iceberg"."s"."t" ("a" integer, "b" row(x integer, y array(varchar))) with '
            "(partitioning = array['day(b)'], location = 's3://x', format = 'PARQUET')",
        ),
        ("create schema if not exists `s`", 'create schema if not exists "s"'),
        ("create database s location 's3://x'", "create schema \"s\" with (location = 's3://x')"),
        ("drop schema if exists `s` cascade", 'drop schema if exists "s" cascade'),
        ("drop table if exists `s`.`t`;", 'drop table if exists "s"."t"'),
        ("alter table `s`.`a` rename to `s`.`b`", 'alter table "s"."a" rename to "s"."b"'),
        ("alter table s.a change column b c int", 'alter table "s"."a" rename column "b" to "c"'),
        ("alter table s.a change b b bigint", 'alter table "s"."a" alter column "b" set data type bigint'),
        ("alter table s.a drop column b", 'alter table "s"."a" drop column "b"'),
        ("msck repair table `s`.`t`", "call awsdatacatalog.system.sync_partition_metadata('s', 't', 'ADD')"),
        (
            "optimize s.t rewrite data using bin_pack where d = date '2026-01-01'",
            'alter table "athena_iceberg"."s"."t" execute optimize where d = date \'2026-01-01\'',
        ),
        ("show tables in `s`", 'show tables from "s"'),
        ("describe `s`.`t`", 'describe "s"."t"'),
        ('create or replace view "s"."v" as select 1 as x', 'create or replace view "s"."v" as select 1 as x'),
    ],
)
def test_a_statement_about_tables_is_said_in_trinos_words(statement: str, expected: str) -> None:
    """The forms that dbt-athena and people write, each with all it says."""
    assert plan(statement).statements == (expected,)


def test_each_added_column_is_a_statement() -> None:
    """Hive adds several columns at once, Trino one."""
    assert plan("alter table `s`.`t` add columns (`_a` string, b array<int>)").statements == (
        'alter table "s"."t" add column "_a" varchar',
        'alter table "s"."t" add column "b" array(integer)',
    )


def test_properties_are_set_and_not_forgotten() -> None:
    """Trino has no statement for them: the front sets them in Glue itself."""
    found = plan("alter table `s`.`t` set tblproperties ('classification' = 'parquet')")
    assert found.table_properties == ("s", "t", (("classification", "parquet"),))


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("", "empty"),
        ("-- nothing but a remark", "empty"),
        ("select 1; select 2", "Only one sql statement"),
        ("grant select on t to x", "not supported: GRANT"),
        ("call system.flush()", "not supported: CALL"),
        ("set session x = 1", "not supported: SET"),
        ("truncate table t", "not supported: TRUNCATE"),
        ("select * from athena_iceberg.s.t", "Catalog 'athena_iceberg' does not exist"),
        ('create view s.v as select * from "athena_delta".s.t', "Catalog 'athena_delta' does not exist"),
        ("drop table other.s.t", "Catalog 'other' does not exist"),
        ("create table s.t (a int)", "needs EXTERNAL"),
        ("create table s.t (a int primary key) location 's3://x' tblproperties ('table_type'='iceberg')", "column"),
        ("create external table s.t (a varchar) location 's3://x'", "varchar needs a length"),
        ("create external table s.t (a string)", "needs a LOCATION"),
        ("create external table s.t (a string) clustered by (a) into 4 buckets location 's3://x'", "mismatched"),
        ("create external table s.t (a string) location 's3://x' tblproperties ('projection.enabled'='true')", "known"),
        ("create table s.t with (table_type='iceberg', format='parquet') as select 1 as a", "needs a location"),
        (f"create table s.t with ({ICEBERG}, sorted_by=ARRAY['a']) as select 1 as a", "'sorted_by' does not exist"),
        (f"create table s.t with ({ICEBERG}) as select 1 as a with no data", "NO DATA"),
        ('drop table "s"."t"', "mismatched"),
        ("alter table `s`.`t` set location 's3://y'", "mismatched"),
        ("alter table s.t add partition (d = 1)", "mismatched"),
        ("optimize s.t", "ends too early"),
        ("select '" + "x" * LONGEST + "'", "262,144"),
        ("select 'never ended", "SYNTAX_ERROR"),
    ],
)
def test_what_is_not_known_is_refused(statement: str, says: str) -> None:
    """Never skipped, and never passed on although Athena would not take it."""
    with pytest.raises(Refused, match=says):
        plan(statement)
