"""The front on a real engine: what an execution goes through, and what is told of it."""

import csv
import io
import json
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from athena_calls import wait
from botocore.exceptions import ClientError

from sandbox.aws import stack
from sandbox.aws.stack import Stack

pytestmark = pytest.mark.trino
Run = Callable[..., dict[str, Any]]
PLACE = f"s3://{stack.RESULTS}/tests/"


@pytest.fixture
def table(run: Run) -> str:
    """An Iceberg table of 3,000 rows."""
    run("create schema if not exists `front`")
    name = f"t{time.time_ns()}"
    made = run(
        f"create table front.{name} with (table_type='iceberg', location='s3://{stack.LAKE}/front/{name}', "
        "format='parquet') as select n, cast(n as varchar) as name, cast(null as varchar) as nothing "
        "from unnest(sequence(1, 3000)) as t (n)"
    )
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    return f'"front"."{name}"'


def _rows(athena: Any, execution: dict[str, Any], **more: Any) -> list[list[str | None]]:
    found = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"], **more)
    return [[one.get("VarCharValue") for one in row["Data"]] for row in found["ResultSet"]["Rows"]]


def test_results_come_in_pages_and_as_a_file(athena: Any, run: Run, table: str) -> None:
    """All rows once, in order, the names first; in S3 the same as CSV in which NULL is told from an empty text."""
    found = run(f"select n, '' as empty, nothing from {table} order by n")
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=found["QueryExecutionId"], PaginationConfig={"PageSize": 999}
    )
    rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert rows[0] == [{"VarCharValue": "n"}, {"VarCharValue": "empty"}, {"VarCharValue": "nothing"}]
    assert rows[1:] == [[{"VarCharValue": str(n)}, {"VarCharValue": ""}, {}] for n in range(1, 3001)]
    bucket, _, key = found["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    s3 = boto3.client("s3")
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert text.splitlines()[:2] == ['"n","empty","nothing"', '"1","",']
    assert len(list(csv.reader(io.StringIO(text)))) == 3001
    about = json.loads(s3.get_object(Bucket=bucket, Key=f"{key}.metadata")["Body"].read())
    assert [one["Type"] for one in about["columns"]] == ["bigint", "varchar", "varchar"]


def test_bytes_scanned_are_those_of_the_engine(athena: Any, run: Run, table: str) -> None:
    """A small file is read as a whole, so that what was scanned is its size; what is in the metadata costs nothing."""
    files = run(f'select file_size_in_bytes from {table[:-1]}$files"')
    [[_], [size]] = _rows(athena, files)
    assert str(run(f"select * from {table}")["Statistics"]["DataScannedInBytes"]) == size
    assert run("select 1")["Statistics"]["DataScannedInBytes"] == 0


def test_a_change_tells_how_many_rows(athena: Any, run: Run, table: str) -> None:
    """dbt shows it; there are no rows and no header to be mistaken for any."""
    changed = run(f"delete from {table} where n > 2990")
    assert (changed["Status"]["State"], changed["StatementType"]) == ("SUCCEEDED", "DML")
    told = athena.get_query_results(QueryExecutionId=changed["QueryExecutionId"])
    assert (told["UpdateCount"], told["ResultSet"]["Rows"]) == (10, [])


@pytest.mark.parametrize(
    ("statement", "says", "category"),
    [
        ("select nope from information_schema.tables", "COLUMN_NOT_FOUND: line 1:8", 2),
        ("select * from front.nowhere", "TABLE_NOT_FOUND", 2),
        ("selec 1", "not supported: SELEC", 2),
        ("select 1 / 0 from (values 1) as t (a) where a > 0", "DIVISION_BY_ZERO", 2),
        (
            f"create table front.x with (table_type='iceberg', location='s3://{stack.LAKE}/front/x') as "
            "select timestamp '2026-01-01 00:00:00.000' as at",
            'Use "timestamp\\(6\\)" instead',
            2,
        ),
        (
            f"create table front.y with (table_type='iceberg', location='s3://{stack.LAKE}/front/y', "
            "partitioning=ARRAY['n']) as select n from unnest(sequence(1, 101)) as t (n)",
            "TOO_MANY_OPEN_PARTITIONS",
            2,
        ),
    ],
)
def test_a_failure_says_why_in_athenas_shape(run: Run, table: str, statement: str, says: str, category: int) -> None:
    """dbt-athena looks for some of these words; whoever wrote the statement for all of them."""
    import re

    status = run(statement)["Status"]
    assert status["State"] == "FAILED"
    assert re.search(says, status["StateChangeReason"]), status
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
    if "PARTITIONS" not in says:
        assert status["AthenaError"]["ErrorCategory"] == category


def test_an_execution_can_be_stopped(athena: Any, table: str) -> None:
    """What would take hours ends at once, as cancelled, and has no results."""
    query = f"select count(*) from {table} a, {table} b, {table} c, {table} d where a.n + b.n + c.n + d.n = 1"
    started = athena.start_query_execution(QueryString=query, ResultConfiguration={"OutputLocation": PLACE})
    identity = started["QueryExecutionId"]
    while athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"] == "QUEUED":
        time.sleep(0.05)
    with pytest.raises(ClientError, match="not yet finished"):
        athena.get_query_results(QueryExecutionId=started["QueryExecutionId"])
    athena.stop_query_execution(QueryExecutionId=started["QueryExecutionId"])
    assert wait(athena, started["QueryExecutionId"])["Status"]["State"] == "CANCELLED"
    with pytest.raises(ClientError, match="did not finish successfully"):
        athena.get_query_results(QueryExecutionId=started["QueryExecutionId"])


def test_a_work_group_bounds_what_a_statement_may_scan(athena: Any, run: Run, table: str) -> None:
    """The bound that keeps a mistake from costing money; and the group's place for results is used."""
    name = f"group{time.time_ns()}"
    athena.create_work_group(
        Name=name,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": 10_000_000,
            "ResultConfiguration": {"OutputLocation": f"s3://{stack.RESULTS}/{name}/"},
        },
    )
    fine = run(f"select n from {table} limit 1", WorkGroup=name)
    assert fine["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{stack.RESULTS}/{name}/")
    large = f"large{time.time_ns()}"
    made = run(
        f"create table front.{large} with (table_type='iceberg', location='s3://{stack.LAKE}/front/{large}', "
        "format='parquet') as select cast(uuid() as varchar) as a, cast(uuid() as varchar) as b, "
        "cast(uuid() as varchar) as c from unnest(sequence(1, 1000)) cross join unnest(sequence(1, 300))"
    )
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    found = run(f"select max(a), max(b), max(c) from front.{large}", WorkGroup=name)
    status = found["Status"]
    assert (status["State"], "Bytes scanned limit" in status.get("StateChangeReason", "")) == ("CANCELLED", True), found
    history = athena.list_query_executions(WorkGroup=name)["QueryExecutionIds"]
    batch = athena.batch_get_query_execution(QueryExecutionIds=[*history, "nobody"])
    assert {one["WorkGroup"] for one in batch["QueryExecutions"]} == {name}
    assert len(batch["UnprocessedQueryExecutionIds"]) == 1


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"QueryString": "select 1"}, "No output location"),
        ({"QueryString": "select 1", "WorkGroup": "nobody"}, "is not found"),
        ({"QueryString": " ", "ResultConfiguration": {"OutputLocation": PLACE}}, "must not be empty"),
        ({"QueryString": "select 1", "ResultConfiguration": {"OutputLocation": "/tmp"}}, "not a valid S3 path"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(athena: Any, asked: dict[str, Any], says: str) -> None:
    """With the exception that clients know, before anything is executed."""
    with pytest.raises(athena.exceptions.InvalidRequestException, match=says):
        athena.start_query_execution(**asked)


def test_the_same_request_twice_is_one_execution(athena: Any) -> None:
    """A client that tries again after a lost answer must not insert twice."""
    asked = {
        "QueryString": "select 1",
        "ResultConfiguration": {"OutputLocation": PLACE},
        "ClientRequestToken": "t" * 32 + str(time.time_ns()),
    }
    assert (
        athena.start_query_execution(**asked)["QueryExecutionId"]
        == (athena.start_query_execution(**asked)["QueryExecutionId"])
    )
    with pytest.raises(athena.exceptions.InvalidRequestException, match="do not match"):
        athena.start_query_execution(**{**asked, "QueryString": "select 2"})


def test_parameters_are_values_and_not_text(athena: Any, run: Run) -> None:
    """What a caller hands over is never read as SQL."""
    found = run("select ? as a, ? as b", ExecutionParameters=["'it''s'", "7"])
    assert _rows(athena, found)[1] == ["it's", "7"]


def test_glue_knows_the_columns_of_a_view(production: Stack, run: Run, table: str) -> None:
    """dbt asks Glue for them, as on Athena; Trino alone would leave one dummy there."""
    assert (
        run(f'create or replace view "front"."v" as select n, array[name] as names from {table}')["Status"]["State"]
        == "SUCCEEDED"
    )
    columns = boto3.client("glue").get_table(DatabaseName="front", Name="v")["Table"]["StorageDescriptor"]["Columns"]
    assert [(one["Name"], one["Type"]) for one in columns] == [("n", "bigint"), ("names", "array<string>")]
    assert run("select count(*) from front.v")["Status"]["State"] == "SUCCEEDED"


def test_a_property_is_kept_in_glue(production: Stack, run: Run) -> None:
    """`set tblproperties` changes the table, and not nothing."""
    boto3.client("s3").put_object(Bucket=stack.LAKE, Key="front/csv/a.csv", Body=b"a\n1\n")
    run("create schema if not exists `front`")
    run("drop table if exists `front`.`c`")
    made = run(
        "create external table `front`.`c` (`a` string) row format serde "
        f"'org.apache.hadoop.hive.serde2.OpenCSVSerde' location 's3://{stack.LAKE}/front/csv/' "
        "tblproperties ('skip.header.line.count'='1')"
    )
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    assert run("alter table `front`.`c` set tblproperties ('classification' = 'csv')")["Status"]["State"] == "SUCCEEDED"
    found = boto3.client("glue").get_table(DatabaseName="front", Name="c")["Table"]
    assert found["Parameters"]["classification"] == "csv"
    assert run("select a from front.c")["Statistics"]["DataScannedInBytes"] > 0
