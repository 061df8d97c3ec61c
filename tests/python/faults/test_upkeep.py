"""Upkeep changes files and no row: alone, killed, twice at once, and between readers and writers."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from harness import differences, essence
from lakes import Lake, line, table
from processes import child, ended

from ingestion.environment import PROJECT
from ingestion.errors import StorelakeError
from ingestion.lake import delta
from ingestion.maintenance import compact

BRONZE = "online_retail__invoice_lines"
WEEK = timedelta(days=7)
NOW = timedelta(0)


def pulls(lake: Lake, number: int, first: int = 0) -> None:
    """So many small pulls: a new day's file each, which also corrects a record of the day before."""
    for n in range(first, first + number):
        lake.drop(f"{n}.csv", table(*(line(100 * n + m, at=f"2011-01-{n + 1:02d} 10:00:00") for m in range(5))))
        lake.ingest()


def files(lake: Lake, name: str = f"bronze/{BRONZE}") -> set[Path]:
    """The data files of a table's newest version."""
    return {Path(path) for path in delta.paths(DeltaTable(str(lake.environment.lake / name)))}


def on_disk(lake: Lake, name: str = f"bronze/{BRONZE}") -> set[Path]:
    """All data files of a table, needed or not."""
    root = lake.environment.lake / name
    return {path for path in root.rglob("*.parquet") if "_delta_log" not in path.parts}


def test_small_files_become_one_and_no_row_changes(lake: Lake) -> None:
    """All versions, deletes, quarantine and the ledger stay as they are; rows lie in the order of key and time."""
    pulls(lake, 6)
    lake.drop("again.csv", table(line(0, quantity=2, at="2011-01-01 10:00:00"), line("x", quantity="?")))
    lake.drop("less.csv", table(line(100, at="2011-01-02 10:00:00"), line(101, at="2011-01-02 10:00:00")))
    lake.ingest(accept=["again.csv", "less.csv"])
    before, ledger = essence(lake), {name: lake.rows(f"ledger/{name}") for name in compact.LEDGER}
    assert len(files(lake)) > 5
    done = {kept.name: kept for kept in compact.maintain(lake.environment, WEEK)}
    assert len(files(lake)) == 1
    assert (done[f"bronze/{BRONZE}"].files_after, done["ledger/pulls"].files_after) == (1, 1)
    assert differences(before, essence(lake)) == ""
    for name, rows in ledger.items():
        assert sorted(map(repr, lake.rows(f"ledger/{name}"))) == sorted(map(repr, rows))
    keys = [row["_record_key"] for row in lake.rows(f"bronze/{BRONZE}")]
    assert keys == sorted(keys)
    assert [kept.files_before - kept.files_after for kept in compact.maintain(lake.environment, WEEK)] == [0] * 7
    pulls(lake, 1, first=10)
    assert len(lake.bronze()) == len(keys) + 5
    assert "_document" not in "".join(path.read_text() for path in _log(lake) if '"stats"' in path.read_text()).replace(
        "_document_hash", ""
    ).replace('\\"_document\\"', "")


def _log(lake: Lake) -> list[Path]:
    """The log's entries behind the first, which names the columns."""
    return sorted((lake.environment.lake / "bronze" / BRONZE / "_delta_log").glob("*.json"))[1:]


def test_what_no_version_needs_goes_when_it_is_old(lake: Lake) -> None:
    """What a killed pull left and what was put together goes after its time, not before; the log stays whole."""
    pulls(lake, 3)
    kept = files(lake)
    orphan = next(iter(kept)).with_name("part-left.zstd.parquet")
    orphan.write_bytes(b"left by a kill")
    log = set(_log(lake))
    compact.maintain(lake.environment, WEEK)
    assert on_disk(lake) == kept | {orphan} | files(lake)
    month_ago = time.time() - 30 * 86_400
    os.utime(orphan, (month_ago, month_ago))
    compact.maintain(lake.environment, WEEK)
    assert on_disk(lake) == kept | files(lake), "what was put together just now may still be read"
    compact.maintain(lake.environment, NOW)
    assert on_disk(lake) == files(lake)
    assert log < set(_log(lake))
    assert len(lake.bronze()) == 15


def test_who_reads_an_older_version_goes_on(lake: Lake) -> None:
    """A table that was opened before upkeep can still be read after it."""
    pulls(lake, 4)
    opened = DeltaTable(str(lake.environment.lake / "bronze" / BRONZE))
    compact.maintain(lake.environment, WEEK)
    assert opened.to_pyarrow_table().num_rows == 20


def test_of_two_at_once_one_is_overtaken(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both would put the same rows in: the second commit must fail, or every row would be doubled."""
    pulls(lake, 4)
    real = delta.replace_files
    inner: list[list[compact.Kept]] = []

    def second_first(*arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(delta, "replace_files", real)
        inner.append(compact.maintain(lake.environment, WEEK))
        real(*arguments, **named)

    monkeypatch.setattr(delta, "replace_files", second_first)
    outer = compact.maintain(lake.environment, WEEK)
    assert [kept.overtaken for kept in outer if kept.name == f"bronze/{BRONZE}"] == [1]
    assert len(lake.bronze()) == 20
    assert len(files(lake)) == 1
    compact.maintain(lake.environment, NOW)
    assert on_disk(lake) == files(lake)


def test_a_pull_that_lands_during_upkeep_lands(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Upkeep's commit removes only what it has read: what came meanwhile stays, and neither waits for the other."""
    pulls(lake, 3)
    real = delta.replace_files

    def pull_first(*arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(delta, "replace_files", real)
        pulls(lake, 1, first=5)
        real(*arguments, **named)

    monkeypatch.setattr(delta, "replace_files", pull_first)
    compact.maintain(lake.environment, WEEK)
    assert (len(lake.bronze()), len(files(lake))) == (20, 2)


def test_upkeep_that_lands_during_a_pull_costs_it_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull compares with files that upkeep has just replaced, and commits after it."""
    pulls(lake, 3)
    real = delta.append_partition

    def upkeep_first(*arguments: Any, **named: Any) -> None:
        compact.maintain(lake.environment, WEEK)
        real(*arguments, **named)

    monkeypatch.setattr(delta, "append_partition", upkeep_first)
    lake.drop("again.csv", table(*(line(m, quantity=m, at="2011-01-01 10:00:00") for m in range(5))))
    (pull,) = lake.ingest()
    assert (pull["records_landed"], pull["records_known"]) == (4, 1)
    assert len(lake.bronze()) == 19


def test_rows_that_would_change_are_noticed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it counts, what was put together is compared with what was there."""
    pulls(lake, 3)
    before = files(lake)
    real = compact._sorted
    monkeypatch.setattr(compact, "_sorted", lambda *a: (batch.slice(1) for batch in real(*a)))
    with pytest.raises(StorelakeError, match="nothing was changed"):
        compact.maintain(lake.environment, WEEK)
    assert files(lake) == on_disk(lake) == before


def test_writers_readers_and_two_upkeeps_for_a_while(lake: Lake) -> None:
    """Processes side by side: no reader ever sees fewer rows than before, or a record twice."""
    pulls(lake, 2)
    code = (
        "from datetime import timedelta; from ingestion.maintenance import compact; from ingestion.environment import load\n"
        f"environment = load(dict(STORELAKE_LAKE={str(lake.environment.lake)!r}, STORELAKE_SUBJECT_KEY={'k' * 40!r}))\n"
        "for _ in range(5): compact.maintain(environment, timedelta(hours=1))"
    )
    caretakers = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], cwd=PROJECT, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    seen: list[int] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            rows = lake.rows(f"bronze/{BRONZE}")
            assert len({row["_record_key"] for row in rows}) == len(rows)
            seen.append(len(rows))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(10, 13):
        lake.drop(f"{n}.csv", table(*(line(100 * n + m, at=f"2011-01-{n + 1:02d} 10:00:00") for m in range(5))))
        code_, _, said = ended(child(lake))
        assert code_ == 0, said
    for caretaker in caretakers:
        _, said = caretaker.communicate(timeout=120)
        assert caretaker.returncode == 0, said
    over.set()
    reader.join()
    assert seen == sorted(seen)
    assert len(lake.bronze()) == 25
