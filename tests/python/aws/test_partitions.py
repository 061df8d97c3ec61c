"""Partitions: hundreds of days in a build, an append and a merge; and a merge that reads what it can touch only."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import stack
from sandbox.aws.stack import Stack

pytestmark = pytest.mark.trino
BIN = Path(sys.executable).parent
REPOSITORY = Path(__file__).resolve().parents[3]
DAYS = """
select
  cast(number as integer) as day_number, date_add('day', number, date '2025-01-01') as day,
  cast({{ var('sequence') }} as bigint) as sequence, number >= {{ var('gone_from') }} as is_deleted
from unnest(sequence({{ var('first') }}, {{ var('last') }})) as numbers (number)
"""
PARTED = "materialized='incremental', partitioned_by=['day(day)'], on_schema_change='append_new_columns'"
MODELS = {
    "merged": f"{{{{ config({PARTED}, incremental_strategy='merge', unique_key='day_number', "
    "delete_condition='src.is_deleted', insert_condition='not src.is_deleted') }}\n" + DAYS,
    "appended": f"{{{{ config({PARTED}, incremental_strategy='append') }}}}\n" + DAYS,
}
# As fct_order_lines: the key tells nothing of when, and the order's number, which the key is made of, does.
LINES = """
{{ config(materialized='incremental', partitioned_by=['month(order_date)'], incremental_strategy='merge',
  unique_key=merge_key('line_key', 'order_id'), on_schema_change='append_new_columns') }}
select
  to_hex(md5(to_utf8(cast(number as varchar)))) as line_key, cast(100000 + number as varchar) as order_id,
  date_add('day', number / 50 + {{ var('gone_from') }}, date '2025-01-01') as order_date,
  cast({{ var('sequence') }} as bigint) as sequence
from unnest(sequence({{ var('first') }} / 10000, {{ var('last') }} / 10000)) as tens (ten)
cross join unnest(sequence(0, 9999)) as ones (one)
cross join unnest(array[ten * 10000 + one]) as numbers (number)
where number between {{ var('first') }} and {{ var('last') }}
"""


def _project(folder: Path, schema: str, models: dict[str, str]) -> None:
    settings = {
        "dbt_project.yml": """
name: parted
version: "1.0.0"
profile: parted
models: {parted: {+table_type: iceberg, +format: parquet, +unique_tmp_table_suffix: true}}
""",
        "profiles.yml": f"""
parted:
  target: prod
  outputs:
    prod: {{type: athena, region_name: {stack.REGION}, database: awsdatacatalog, schema: {schema}, threads: 2,
      s3_staging_dir: "s3://{stack.RESULTS}/parted/", s3_data_dir: "s3://{stack.LAKE}/{schema}/build/", poll_interval: 0.1}}
""",
    }
    for name, text in settings.items():
        (folder / name).write_text(text)
    (folder / "macros").symlink_to(REPOSITORY / "macros")
    (folder / "models").mkdir()
    for name, text in models.items():
        (folder / "models" / f"{name}.sql").write_text(text)


def _build(production: Stack, folder: Path, *, first: int, last: int, sequence: int, gone_from: int = 10_000) -> None:
    variables = f"{{first: {first}, last: {last}, sequence: {sequence}, gone_from: {gone_from}}}"
    done = subprocess.run(
        [BIN / "dbt", "run", "--profiles-dir", folder, "--project-dir", folder, "--vars", variables],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, **production.variables},
    )
    assert done.returncode == 0, done.stdout


def test_hundreds_of_days_are_built_appended_and_merged_as_a_whole(
    production: Stack, tmp_path: Path, ask: Callable[[str], list[list[str]]]
) -> None:
    """A back-fill of 250 days ends like one of two: no row lost, doubled or left of what is gone, and in one step."""
    schema = f"parted{time.time_ns()}"
    _project(tmp_path, schema, MODELS)

    _build(production, tmp_path, first=0, last=149, sequence=1)
    assert ask(f"select count(*), count(distinct day), max(sequence) from {schema}.merged") == [["150", "150", "1"]]
    parts = ask(f'select count(*) from {schema}."merged$partitions"')
    assert parts == [["150"]], "not partitioned: nothing is tested here"
    # Days 20 to 249 come again or for the first time; those from 240 on are gone before they were there.
    _build(production, tmp_path, first=20, last=249, sequence=2, gone_from=240)
    assert ask(
        f"select sequence, count(*), min(day_number), max(day_number) from {schema}.merged group by 1 order by 1"
    ) == [["1", "20", "0", "19"], ["2", "220", "20", "239"]]
    assert ask(f"select sequence, count(*) from {schema}.appended group by 1 order by 1") == [
        ["1", "150"],
        ["2", "230"],
    ]
    # One snapshot more, or a table of its own: never half of it for a reader, nor for a run that is stopped.
    added = ask(f'select count(*) from {schema}."merged$snapshots"')
    batches = -(-240 // 100)
    assert added == [[str(batches)]], "merged part by part into the table that readers have"
    # A few days go the usual way, by one statement.
    _build(production, tmp_path, first=238, last=241, sequence=3, gone_from=241)
    assert ask(f"select count(*), max(day_number) from {schema}.merged") == [["241", "240"]]
    assert ask(f'select count(*) from {schema}."merged$snapshots"') == [[str(batches + 1)]]


def test_a_merge_reads_what_it_can_touch(
    production: Stack, tmp_path: Path, athena: Any, ask: Callable[[str], list[list[str]]]
) -> None:
    """An increment's bytes follow what is new, and a line whose date is corrected is not there twice."""
    schema = f"parted{time.time_ns()}"
    _project(tmp_path, schema, {"lines": LINES})
    _build(production, tmp_path, first=0, last=36_499, sequence=1, gone_from=0)
    assert ask(f'select count(*) from {schema}."lines$partitions"') == [["24"]]

    def scanned(word: str) -> int:
        """By the newest statement that begins with a word."""
        listed = athena.list_query_executions()["QueryExecutionIds"]
        for one in athena.batch_get_query_execution(QueryExecutionIds=listed[:40])["QueryExecutions"]:
            if schema in one["Query"] and word in one["Query"]:
                found: int = one["Statistics"]["DataScannedInBytes"]
                return found
        raise AssertionError(f"no {word}")

    ask(f"select max(line_key), max(order_id) as whole from {schema}.lines")
    whole = scanned("as whole")
    _build(production, tmp_path, first=36_480, last=36_499, sequence=2, gone_from=0)
    assert 0 < scanned("merge into") < whole / 10
    # An old line moves to another month.
    _build(production, tmp_path, first=20, last=20, sequence=3, gone_from=400)
    assert 0 < scanned("merge into") < whole / 10
    assert ask(
        f"select sequence, count(*), min(order_date), max(order_date) from {schema}.lines group by 1 order by 1"
    ) == [
        ["1", "36479", "2025-01-01", "2026-12-31"],
        ["2", "20", "2026-12-31", "2026-12-31"],
        ["3", "1", "2026-02-05", "2026-02-05"],
    ]
