"""What fails when a commit has already taken effect: the commit counts, its files stay, and nothing lands twice."""

import errno
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from harness import differences, essence
from lakes import Lake, line, table

from ingestion.lake import delta
from ingestion.load.ledger import Ledger
from ingestion.maintenance import check, compact

BRONZE = "bronze/online_retail__invoice_lines"
WEEK = timedelta(days=7)
TABLES = (BRONZE, "ledger/pulls", "ledger/pull_items", "ledger/quarantine")
ERRORS: dict[str, Callable[[], BaseException]] = {
    "a full disk": lambda: OSError(errno.ENOSPC, "No space left on device"),
    "an interruption": KeyboardInterrupt,
    "an answer that got lost": lambda: CommitFailedError("a concurrent transaction has the same id"),
}


def drop(lake: Lake, number: int) -> None:
    """A day's file with a correction of the first day and a record that is refused."""
    at = f"2011-01-{number + 1:02d} 10:00:00"
    lake.drop(f"{number}.csv", table(*(line(10 * number + n, at=at) for n in range(4)), line("x", quantity="?")))


def whole(lake: Lake) -> None:
    """Every file of the log is there, and the ledger agrees with bronze."""
    assert list(check.check(lake.environment)) == []


@pytest.mark.parametrize("name", TABLES)
def test_a_checkpoint_that_cannot_be_written_costs_no_row(lake: Lake, name: str) -> None:
    """Delta writes a checkpoint behind a commit, by default behind each hundredth: where that fails, on a full disk for
    one, the commit counts all the same."""
    drop(lake, 0)
    lake.ingest()
    root = lake.environment.lake / name
    DeltaTable(root).alter.set_table_properties({"delta.checkpointInterval": "1"})
    for version in range(DeltaTable(root).version() + 1, 30):
        # What is no file cannot be replaced by one.
        (root / "_delta_log" / f"{version:020d}.checkpoint.parquet").mkdir()
    for number in (1, 2):
        drop(lake, number)
        (pull,) = lake.ingest()
        assert (pull["records_landed"], pull["records_quarantined"]) == (4, 1)
    whole(lake)
    assert [pull["items_seen"] for pull in lake.ingest()] == [3]
    assert len(lake.bronze()) == 12


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("point", ["bronze", "ledger"])
def test_an_error_behind_a_commit_loses_and_doubles_nothing(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, point: str, error: str
) -> None:
    """Whatever is raised behind the commit of a pull, the run or the next one completes that pull, once."""
    drop(lake, 0)
    lake.ingest()
    drop(lake, 1)
    with monkeypatch.context() as patch:
        raised = _raise_behind(patch, point, ERRORS[error])
        try:
            lake.outcomes()
        except KeyboardInterrupt:
            assert error == "an interruption"
        assert raised
    lake.ingest()
    whole(lake)
    assert [pull["records_landed"] for pull in lake.completed() if pull["records_landed"]] == [4, 4]
    assert len(lake.bronze()) == 8


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("table_of", ["bronze", "ledger"])
def test_upkeep_that_fails_behind_its_commit_loses_no_file(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, table_of: str, error: str
) -> None:
    """Files that were put together replace others with their commit: they stay, whatever is raised behind it."""
    for number in range(3):
        drop(lake, number)
        lake.ingest()
    before = essence(lake)
    with monkeypatch.context() as patch:
        real = compact._partitions
        patch.setattr(compact, "_partitions", lambda t: real(t) if table_of in t.table_uri else [])
        raised = _raise_behind(patch, "bronze", ERRORS[error])
        try:
            compact.maintain(lake.environment, WEEK)
        except KeyboardInterrupt:
            assert error == "an interruption"
        assert raised
    whole(lake)
    compact.maintain(lake.environment, WEEK)
    whole(lake)
    assert differences(before, essence(lake)) == ""


def test_a_commit_that_did_not_take_effect_leaves_no_file(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is surely not in the log goes at once; where the log cannot be read, it stays for upkeep to look at."""
    drop(lake, 0)
    lake.ingest()
    drop(lake, 1)

    def files() -> list[Path]:
        return sorted((lake.environment.lake / BRONZE).rglob("part-*.parquet"))

    before = files()
    with monkeypatch.context() as patch:
        patch.setattr(DeltaTable, "create_write_transaction", _fail)
        (outcome,) = lake.outcomes()
        assert "disk is full" in str(outcome.error)
        assert files() == before
        patch.setattr(delta._Commit, "took_effect", lambda commit: None)
        lake.outcomes()
        assert len(files()) == len(before) + 1
    lake.ingest()
    whole(lake)
    assert len(lake.bronze()) == 8


def _fail(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _raise_behind(patch: pytest.MonkeyPatch, point: str, error: Callable[[], BaseException]) -> list[str]:
    """Raise once, behind the first commit of data, or behind that which completes a pull; tells whether it did."""
    raised: list[str] = []
    if point == "bronze":
        commit = DeltaTable.create_write_transaction

        def committed(*arguments: Any, **named: Any) -> None:
            commit(*arguments, **named)
            if not raised:
                raised.append("behind the commit")
                raise error()

        patch.setattr(DeltaTable, "create_write_transaction", committed)
        return raised
    complete, write = Ledger.complete, delta.write_deltalake
    completes: list[str] = []

    def completing(*arguments: Any, **named: Any) -> int:
        completes.append("now")
        return complete(*arguments, **named)

    def written(*arguments: Any, **named: Any) -> None:
        write(*arguments, **named)
        if completes and not raised:
            raised.append("behind the completion")
            raise error()

    patch.setattr(Ledger, "complete", completing)
    patch.setattr(delta, "write_deltalake", written)
    return raised
