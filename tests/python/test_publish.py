"""Published files: the last few stay, and readers can be given an earlier one again, whole and at once."""

from pathlib import Path

import duckdb
import pytest

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake import publish
from storelake.dbt import work_file


def _build(environment: Environment, value: int) -> None:
    """A work file as a build leaves it: closed, and with one number in it."""
    environment.work.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(work_file(environment))) as database:
        database.execute(f"create or replace table number as select {value} as value")


def _seen(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as database:
        [(value,)] = database.execute("select value from number").fetchall()
        return int(value)


def test_one_can_go_back_to_what_was_published(environment: Environment) -> None:
    """Protects readers after a bad release: the file before comes back, a reader of the bad one is not disturbed."""
    target = publish.published_file(environment)
    with pytest.raises(StorelakeError, match="Nothing is published yet"):
        publish.roll_back(environment)
    for value in range(1, 6):
        _build(environment, value)
        assert publish.publish(environment) == target
        assert _seen(target) == value
    assert sorted(path.stem for path in publish.kept_files(environment)) == ["000003", "000004", "000005"]
    with duckdb.connect(str(target), read_only=True) as reader:
        assert publish.roll_back(environment).stem == "000004"
        assert reader.execute("select value from number").fetchall() == [(5,)]
    assert _seen(target) == 4
    # Once more goes one further, to the last that is kept; then nothing is left, and what readers see stays.
    assert publish.roll_back(environment).stem == "000003"
    for number, says in ((None, "no earlier file"), (1, "no file 1: kept are 3, 4, 5")):
        with pytest.raises(StorelakeError, match=says):
            publish.roll_back(environment, number)
    assert _seen(target) == 3
    assert publish.roll_back(environment, 5).stem == "000005"
    assert publish.roll_back(environment, 5).stem == "000005"
    assert _seen(target) == 5
    # The next build publishes under a number of its own, whatever was gone back to.
    publish.roll_back(environment, 3)
    _build(environment, 6)
    publish.publish(environment)
    assert _seen(target) == 6
    assert sorted(path.stem for path in publish.kept_files(environment)) == ["000004", "000005", "000006"]
    assert [path.name for path in environment.lake.iterdir() if path.name.startswith(".")] == []
