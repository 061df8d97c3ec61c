"""Data files that are lost come back by `storelake repair` wherever anything still holds what they held."""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from harness import differences, essence, opened
from lakes import Lake, line, table
from worlds import Rates, sandbox

from ingestion import run
from ingestion.environment import load
from ingestion.lake import delta
from ingestion.maintenance import check, compact, repair
from ingestion.records import contracts

BRONZE = "bronze/online_retail__invoice_lines"
WEEK = timedelta(days=7)


@pytest.fixture
def used(tmp_path: Path) -> Lake:
    """A lake after pulls that add, correct and delete records and refuse one, a day with two files among them."""
    environment = load({"STORELAKE_LAKE": str(tmp_path / "used"), "STORELAKE_SUBJECT_KEY": "k" * 40})
    found = Lake(environment, tmp_path / "used-files")
    days = ["2011-01-01 10:00:00", "2011-01-02 10:00:00", "2011-01-03 10:00:00"]
    for n, day in enumerate(days):
        found.drop(f"{n}.csv", table(*(line(10 * n + m, at=day) for m in range(8)), line(10 * n, at=day)))
    found.ingest()
    found.drop("3.csv", table(*(line(m, at=days[0], quantity=m % 3) for m in range(6))))
    found.drop("4.csv", table(*(line(10 + m, at=days[1], quantity=5) for m in range(8)), line("x", quantity="?")))
    found.ingest()
    found.drop("5.csv", table(*(line(m, at=days[0]) for m in range(7))))
    found.ingest()
    return found


def files(lake: Lake, name: str = BRONZE) -> list[Path]:
    """The data files of a table's newest version."""
    return sorted(map(Path, delta.paths(DeltaTable(str(lake.environment.lake / name)))))


def damage(path: Path) -> None:
    """Change some bits where the values are."""
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content) // 2):
        content[place] ^= 1
    path.write_bytes(bytes(content))


def mended(lake: Lake) -> list[str]:
    """What check advises is repair, and what repair says; then nothing is left to be done."""
    problems = list(check.check(lake.environment))
    files_ = [problem for problem in problems if problem.place.endswith(".parquet")]
    assert files_
    assert {problem.advice for problem in files_} == {check.REPAIR}
    said = list(repair.repair(lake.environment))
    assert list(check.check(lake.environment)) == []
    assert list(repair.repair(lake.environment)) == []
    return said


def all_rows(lake: Lake) -> list[str]:
    """Bronze as it is, positions and pulls included, but for when it was written."""
    rows = [{**row, "_ingested_at": None} for row in lake.bronze()]
    return [repr(row) for row in rows]


HARM: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "damaged": damage,
    "cut off": lambda p: os.truncate(p, 9),
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", [BRONZE, "ledger/pulls", "ledger/pull_items"])
def test_a_file_that_upkeep_made_comes_back_from_those_it_replaced(used: Lake, name: str, harm: str) -> None:
    """Files that were put together stay for a while: until upkeep removes them, they hold the same rows."""
    before, rows = essence(used), all_rows(used)
    compact.maintain(used.environment, WEEK)
    (made,) = files(used, name)
    HARM[harm](made)
    said = mended(used)
    assert re.search(f"{name}: {made.name} .* files that it had replaced are back", said[0])
    assert not made.exists()
    assert differences(before, essence(used)) == ""
    assert all_rows(used) == rows
    compact.maintain(used.environment, timedelta(0))
    assert (len(files(used, name)), all_rows(used)) == (1, rows)


def test_a_file_made_of_one_that_upkeep_had_made_comes_back(used: Lake) -> None:
    """What replaced others may have been replaced itself: rows come from whatever is left of both."""
    compact.maintain(used.environment, WEEK)
    (first,) = files(used)
    used.drop("6.csv", table(line(60, at="2011-01-06 10:00:00")))
    used.ingest()
    rows = all_rows(used)
    compact.maintain(used.environment, WEEK)
    (second,) = files(used)
    for path in (first, second):
        path.unlink()
    mended(used)
    assert all_rows(used) == rows
    # A second time: what came back by repair is no replacement of what it stands for.
    files(used)[0].unlink()
    assert mended(used)
    assert all_rows(used) == rows


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("which", ["the first", "the last", "all", "after upkeep"])
def test_what_pulls_had_read_lands_again_from_the_archive(used: Lake, which: str, harm: str) -> None:
    """The same rows under the same pulls: corrections stay corrections, deletes stay deletes, in their order."""
    before, rows = essence(used), all_rows(used)
    if which == "after upkeep":
        compact.maintain(used.environment, WEEK)
        compact.maintain(used.environment, timedelta(0))
    by_age = sorted(files(used), key=lambda path: path.stat().st_mtime_ns)
    chosen = {"the first": by_age[:1], "the last": by_age[-1:]}.get(which, by_age)
    for path in chosen:
        HARM[harm](path)
    said = mended(used)
    assert "were read again from the archive" in said[0]
    assert differences(before, essence(used)) == ""
    assert all_rows(used) == rows
    assert sum(pull["records_landed"] for pull in used.ingest()) == 0


def test_a_repair_that_was_killed_goes_on(used: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it stops, no row is lost that was there, and the next repair does the rest."""
    rows = all_rows(used)
    for path in files(used):
        path.unlink()
    for name in ("append_again", "exchange_files"):
        real = getattr(delta, name)

        def done_then_killed(*arguments: object, real: Callable[..., None] = real, **named: object) -> None:
            real(*arguments, **named)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(delta, name, done_then_killed)
            with pytest.raises(KeyboardInterrupt):
                list(repair.repair(used.environment))
    list(repair.repair(used.environment))
    assert list(check.check(used.environment)) == []
    assert all_rows(used) == rows


def test_what_the_archive_does_not_hold_any_more_is_left_as_it_is(used: Lake) -> None:
    """Half of a pull is no pull: nothing is changed, and check names a backup as the only way."""
    lost = files(used)[0]
    lost.unlink()
    archived = next(used.environment.raw.rglob("*.zst"))
    for path in used.environment.raw.rglob("*.zst"):
        path.unlink()
    versions = DeltaTable(str(used.environment.lake / BRONZE)).version()
    (said,) = repair.repair(used.environment)
    assert "is left as it is, since raw/" in said
    assert DeltaTable(str(used.environment.lake / BRONZE)).version() == versions
    (problem,) = [problem for problem in check.check(used.environment) if problem.place == str(lost)]
    assert "backup" in problem.advice
    assert not archived.exists()


def test_what_would_be_read_otherwise_today_is_left_as_it_is(used: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are as many as before only by a rule of today would be others: the ledger's counts are compared."""
    for path in files(used):
        path.unlink()
    monkeypatch.setattr(contracts, "required_fields", lambda contract: ["InvoiceNo", "a column of tomorrow"])
    said = list(repair.repair(used.environment))
    assert any("is not what it had landed" in sentence for sentence in said), said


def test_rates_and_feeds_come_back_as_well(tmp_path: Path) -> None:
    """Systems of files are all alike: a bank's rates, and XML feeds that are called."""
    lake = tmp_path / "lake"
    with sandbox(tmp_path / "sandbox") as called:
        variables = {"STORELAKE_LAKE": str(lake), "STORELAKE_SUBJECT_KEY": "k" * 40, **called["feeds"].variables}
        environment = load(variables)
        for phase in (0, 1):
            Rates().phase(phase, lake)
            called["feeds"].phase(phase, lake)
            outcomes = run.ingest(environment, ["ecb_fx", "stock_feed"])
            assert [outcome.error for outcome in outcomes if outcome.feed.source != "sample"] == [None] * len(outcomes)
    found = opened(lake)
    before = essence(found)
    for folder in sorted((lake / "bronze").iterdir()):
        for path in delta.paths(DeltaTable(str(folder))):
            Path(path).unlink()
    said = list(repair.repair(environment))
    assert list(check.check(environment)) == [], said
    assert differences(before, essence(found)) == ""
