"""Published files: the last few stay, readers can be given an earlier one again, whole and at once, and no client that
opens one changes what others see."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake.dbt_runner.runner import work_file
from storelake.publishing import duckdb_file, gates


def _build(environment: Environment, value: int) -> None:
    """A work file as a build leaves it: closed, and with one number in it."""
    environment.work.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(work_file(environment))) as database:
        database.execute(f"create or replace table number as select {value} as value")
        database.execute("create schema if not exists ops")
        database.execute("create table if not exists ops.open_gates (kind varchar, name varchar, status varchar)")


def _seen(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as database:
        [(value,)] = database.execute("select value from number").fetchall()
        return int(value)


def test_one_can_go_back_to_what_was_published(environment: Environment) -> None:
    """Protects readers after a bad release: the file before comes back, a reader of the bad one is not disturbed."""
    target = duckdb_file.published_file(environment)
    with pytest.raises(StorelakeError, match="Nothing is published yet"):
        duckdb_file.roll_back(environment)
    for value in range(1, 6):
        _build(environment, value)
        assert duckdb_file.publish(environment) == target
        assert _seen(target) == value
    assert sorted(path.stem for path in duckdb_file.kept_files(environment)) == ["000003", "000004", "000005"]
    with duckdb.connect(str(target), read_only=True) as reader:
        assert duckdb_file.roll_back(environment).stem == "000004"
        assert reader.execute("select value from number").fetchall() == [(5,)]
    assert _seen(target) == 4
    # Once more goes one further, to the last that is kept; then nothing is left, and what readers see stays.
    assert duckdb_file.roll_back(environment).stem == "000003"
    for number, says in ((None, "no earlier file"), (1, "no file 1: kept are 3, 4, 5")):
        with pytest.raises(StorelakeError, match=says):
            duckdb_file.roll_back(environment, number)
    assert _seen(target) == 3
    assert duckdb_file.roll_back(environment, 5).stem == "000005"
    assert duckdb_file.roll_back(environment, 5).stem == "000005"
    assert _seen(target) == 5
    # The next build publishes under a number of its own, whatever was gone back to.
    duckdb_file.roll_back(environment, 3)
    _build(environment, 6)
    duckdb_file.publish(environment)
    assert _seen(target) == 6
    assert sorted(path.stem for path in duckdb_file.kept_files(environment)) == ["000004", "000005", "000006"]
    assert [path.name for path in environment.lake.iterdir() if path.name.startswith(".")] == []


def test_what_is_not_green_is_not_published(environment: Environment) -> None:
    """Protects readers: the work file says itself what is not green over it, and one that never said it is not green."""
    _build(environment, 1)
    target = duckdb_file.publish(environment)
    _build(environment, 2)
    with duckdb.connect(str(work_file(environment))) as database:
        database.execute("insert into ops.open_gates values ('model', 'a', 'skipped'), ('test', 'b', 'fail')")
    with pytest.raises(gates.NotGreen, match=r"test b \(fail\), model a \(skipped\)"):
        duckdb_file.publish(environment)
    assert _seen(target) == 1
    with duckdb.connect(str(work_file(environment))) as database:
        database.execute("drop table ops.open_gates")
    with pytest.raises(gates.NotGreen, match="does not tell whether it is green"):
        duckdb_file.publish(environment)
    assert _seen(target) == 1
    assert len(duckdb_file.kept_files(environment)) == 1
    assert [path.name for path in environment.lake.iterdir() if path.name.startswith(".")] == []


def _write_beside(path: Path) -> duckdb.DuckDBPyConnection:
    """What a BI tool does that opens a file to write: its log stays beside the file, as it does when it is killed."""
    path.chmod(0o640)
    database = duckdb.connect(str(path))
    database.execute("pragma disable_checkpoint_on_shutdown")
    database.execute("update number set value = 99")
    return database


def test_what_a_client_wrote_beside_the_published_file_is_not_in_the_next(environment: Environment) -> None:
    """Protects every number: DuckDB adds a log to whatever file lies beside it."""
    _build(environment, 1)
    target = duckdb_file.publish(environment)
    log = target.with_name("storelake.duckdb.wal")
    assert list(duckdb_file.check(environment)) == []
    for publishing in (duckdb_file.publish, duckdb_file.roll_back):
        _write_beside(target).close()
        assert log.exists()
        assert _seen(target) == 99
        assert [problem.place for problem in duckdb_file.check(environment)] == [str(log)]
        if publishing is duckdb_file.publish:
            _build(environment, 2)
        publishing(environment)
        assert not log.exists()
        assert _seen(target) == (2 if publishing is duckdb_file.publish else 1)
        assert list(duckdb_file.check(environment)) == []
    # One that is still open when the next file is published writes into what nobody opens any more.
    client = _write_beside(target)
    _build(environment, 3)
    duckdb_file.publish(environment)
    client.execute("update number set value = 98")
    client.close()
    assert not log.exists()
    assert _seen(target) == 3


def test_a_client_that_writes_into_the_published_file_changes_no_kept_one(environment: Environment) -> None:
    """Protects the way back: kept files are files of their own, and what was changed is told."""
    for value in (1, 2):
        _build(environment, value)
        target = duckdb_file.publish(environment)
    files = [target, *duckdb_file.kept_files(environment)]
    assert len({path.stat().st_ino for path in files}) == 3
    target.chmod(0o640)
    with duckdb.connect(str(target)) as client:
        client.execute("update number set value = 99")
    assert [problem.place for problem in duckdb_file.check(environment)] == [str(target)]
    # The newest that is kept is what readers should see.
    assert duckdb_file.roll_back(environment).stem == "000002"
    assert _seen(target) == 2
    assert list(duckdb_file.check(environment)) == []


@pytest.fixture
def nobody(environment: Environment) -> Iterator[Environment]:
    """A lake whose owner this test is, without the rights of root, which heed no modes."""
    if os.geteuid():
        yield environment
        return
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield replace(environment, lake=Path(folder) / "lake")
        finally:
            os.seteuid(0)


def test_nobody_can_open_a_published_file_to_write(nobody: Environment) -> None:
    """Protects readers from each other: a file that cannot be opened to write gets no log beside it."""
    for value in (1, 2):
        _build(nobody, value)
        target = duckdb_file.publish(nobody)
    duckdb_file.roll_back(nobody)
    for path in (target, *duckdb_file.kept_files(nobody)):
        assert path.stat().st_mode & 0o777 == 0o440
        with pytest.raises(duckdb.IOException):
            duckdb.connect(str(path))
        assert _seen(path) in (1, 2)
    assert list(nobody.lake.rglob("*.wal")) == []
    assert _seen(target) == 1
