"""A lake that is damaged: it is noticed and named, never read as empty, and mended where that is safe."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable
from harness import differences, essence
from lakes import Lake, line, table

from ingestion.environment import Environment, load
from ingestion.errors import Damaged
from ingestion.lake import delta
from ingestion.load.landing import Landing
from ingestion.load.ledger import Ledger
from ingestion.maintenance import check, repair
from ingestion.pulls import Feed

BRONZE = "bronze/online_retail__invoice_lines"
FEED = Feed("online_retail", "shop", "invoice_lines")


@pytest.fixture
def used(tmp_path: Path, lake: Lake) -> Lake:
    """A lake (of its own: its books will not balance) after three pulls, with a correction and a refused record."""
    environment = load({"STORELAKE_LAKE": str(tmp_path / "used"), "STORELAKE_SUBJECT_KEY": "k" * 40})
    found = Lake(environment, tmp_path / "used-files")
    for n in range(3):
        found.drop(f"{n}.csv", table(line(n, at=f"2011-01-0{n + 1} 10:00:00"), line(9), line("x", quantity="?")))
        found.ingest()
    assert list(check.check(environment)) == []
    return found


def root(lake: Lake, name: str = BRONZE) -> Path:
    return lake.environment.lake / name


def entry(lake: Lake, number: int, name: str = BRONZE) -> Path:
    return root(lake, name) / "_delta_log" / f"{number:020d}.json"


def data(lake: Lake, name: str = BRONZE) -> Path:
    return Path(sorted(delta.paths(DeltaTable(str(root(lake, name)))))[0])


def flip(path: Path) -> None:
    """Change one bit in the middle of a file, where the values are."""
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(bytes(content))


DAMAGE: dict[str, tuple[Callable[[Lake], Path], Callable[[Path], object]]] = {
    "a data file is gone": (data, Path.unlink),
    "a data file is cut off": (data, lambda path: os.truncate(path, 500)),
    "a data file has no byte": (data, lambda path: os.truncate(path, 0)),
    "a data file has a bit that fell over": (data, flip),
    "the first log entry is gone": (lambda lake: entry(lake, 0), Path.unlink),
    "a log entry is gone": (lambda lake: entry(lake, 2), Path.unlink),
    "a log entry is empty": (lambda lake: entry(lake, 2), lambda path: os.truncate(path, 0)),
    "a log entry is cut off": (lambda lake: entry(lake, 2), lambda path: os.truncate(path, 30)),
    "the last log entry is empty": (lambda lake: entry(lake, 3), lambda path: os.truncate(path, 0)),
    "the last log entry is gone": (lambda lake: entry(lake, 3), Path.unlink),
    "the log is gone": (lambda lake: root(lake) / "_delta_log", shutil.rmtree),
    "all of bronze is gone": (lambda lake: root(lake), shutil.rmtree),
    "a data file of the ledger is gone": (lambda lake: data(lake, "ledger/pulls"), Path.unlink),
    "a log entry of the ledger is empty": (
        lambda lake: entry(lake, 2, "ledger/pulls"),
        lambda path: os.truncate(path, 0),
    ),
    "the ledger's pulls are gone": (lambda lake: root(lake, "ledger/pulls"), shutil.rmtree),
    "the ledger's items are gone": (lambda lake: root(lake, "ledger/pull_items"), shutil.rmtree),
    "quarantine has lost a file": (lambda lake: data(lake, "ledger/quarantine"), Path.unlink),
    "an archived file is gone": (lambda lake: next(lake.environment.raw.rglob("*.zst")), Path.unlink),
    "an archived file has a bit that fell over": (lambda lake: next(lake.environment.raw.rglob("*.zst")), flip),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named(used: Lake, damage: str) -> None:
    """Whatever is missing or cannot be read is told with its place, and nothing is changed by looking."""
    where, how = DAMAGE[damage]
    place = where(used)
    how(place)
    before = sorted(path for path in used.environment.lake.rglob("*"))
    said = [f"{problem.place}: {problem.what}. {problem.advice}" for problem in check.check(used.environment)]
    assert said
    names = {place.name, place.parent.name, "online_retail__invoice_lines"}
    assert any(name in text for text in said for name in names), said
    assert sorted(path for path in used.environment.lake.rglob("*")) == before


NOT_READ_BY_INGESTION = ("an archived file", "quarantine", "fell over", "items are gone", "the first log")


@pytest.mark.parametrize("damage", [name for name in DAMAGE if not any(word in name for word in NOT_READ_BY_INGESTION)])
def test_ingestion_takes_nothing_for_empty(used: Lake, damage: str) -> None:
    """A pull compares with what is held: were that read as empty, everything would land twice."""
    where, how = DAMAGE[damage]
    how(where(used))
    used.drop("again.csv", table(line(0, at="2011-01-01 10:00:00"), line(9), line("new")))
    try:
        said = "".join(str(outcome.error) for outcome in used.outcomes())
    except Damaged as error:
        said = str(error)
    assert "storelake check" in said, said
    assert "bronze" in said or "ledger" in said


def test_an_entry_that_was_cut_off_before_it_counted_is_set_aside(used: Lake) -> None:
    """A power failure may leave the last entry of bronze empty: the pull had not completed, and is pulled again."""
    undisturbed = essence(used)
    number = len(list((root(used) / "_delta_log").glob("*.json")))
    for content in ("", '{"add":{"path":"pul'):
        entry(used, number).write_text(content)
        with pytest.raises(Damaged):
            Landing(used.environment).begin(FEED)
        (said,) = repair.repair(used.environment)
        assert "set aside" in said
        assert list(check.check(used.environment)) == []
    assert len(list((used.environment.lake / "damaged").rglob("*.json"))) == 2
    assert differences(undisturbed, essence(used)) == ""


def test_an_entry_that_counts_is_left_as_it_is(used: Lake) -> None:
    """Where the ledger knows the pull of a torn entry, setting it aside would lose records: a person must decide."""
    last = entry(used, 3)
    os.truncate(last, 30)
    (said,) = repair.repair(used.environment)
    assert "left as it is" in said
    assert last.stat().st_size == 30


@pytest.mark.parametrize("damage", ["a data file is gone", "the table is gone", "an entry is empty"])
def test_the_ledger_is_built_anew_from_bronze(used: Lake, damage: str) -> None:
    """Bronze's commits say what each pull did: completed pulls come back with their counts, in their order."""
    undisturbed, pulls = essence(used), used.completed()
    ledger = root(used, "ledger/pulls")
    match damage:
        case "a data file is gone":
            data(used, "ledger/pulls").unlink()
        case "the table is gone":
            shutil.rmtree(ledger)
        case _:
            os.truncate(entry(used, 2, "ledger/pulls"), 0)
    said = list(repair.repair(used.environment))
    assert "built anew from the 3 commits" in said[-1]
    assert list(check.check(used.environment)) == []
    assert differences(undisturbed, essence(used)) == ""
    assert [pull["pull_id"] for pull in used.completed()] == [pull["pull_id"] for pull in pulls]
    assert [pull["items_seen"] for pull in used.ingest()] == [3]


def test_a_commit_that_the_ledger_has_lost_is_completed(used: Lake) -> None:
    """The last event of the ledger is gone with its log entry: the pull is complete again, with the same number."""
    pulls = used.completed()
    newest = max(int(path.stem) for path in (root(used, "ledger/pulls") / "_delta_log").glob("*.json"))
    os.truncate(entry(used, newest, "ledger/pulls"), 0)
    said = list(repair.repair(used.environment))
    assert len(said) == 2
    assert list(check.check(used.environment)) == []
    assert [pull["pull_id"] for pull in used.completed()] == [pull["pull_id"] for pull in pulls]
    assert "completed by a later run" in used.completed()[-1]["notes"]


def test_repair_of_a_whole_lake_does_nothing(used: Lake, environment: Environment) -> None:
    """Neither a lake in use nor one that nobody has used yet is touched."""
    assert list(repair.repair(used.environment)) == []
    assert list(repair.repair(environment)) == list(check.check(environment)) == []


def test_an_old_statement_never_completes_after_a_newer_one(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two runs, one read an old file that changed nothing, the other its correction: the correction is the newest.

    Without a commit for the first, it would complete last, and its statement would count as the newest.
    """
    lake.drop("a.csv", table(line(1), line(2)))
    lake.ingest()
    lake.drop("same.csv", table(line(1), line(2)) + "\n")
    real = delta.append_partition
    raced: list[str] = []

    def correction_first(*arguments: object, **named: object) -> None:
        monkeypatch.setattr(delta, "append_partition", real)
        raced.append("yes")
        lake.drop("corrected.csv", table(line(1), line(2, quantity=5)))
        lake.ingest()
        real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(delta, "append_partition", correction_first)
    lake.outcomes()
    assert raced
    order = [item["name"] for item in _read_items(lake)]
    assert order == ["a.csv", "same.csv", "corrected.csv"]


def _read_items(lake: Lake) -> list[dict[str, object]]:
    return Ledger(lake.environment).items_done(FEED)


@pytest.mark.parametrize("point", ["write_items", "start", "complete"])
def test_a_first_pull_that_was_killed_is_no_damage(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Tables that are not there yet are none that are lost; what is committed and not complete is told."""

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    lake.drop("a.csv", table(line(1)))
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, point, die)
        patch.setattr(Ledger, "fail", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            lake.outcomes()
    said = [problem.what for problem in check.check(lake.environment)]
    assert len(said) == (2 if point == "complete" else 0), said
    lake.ingest()
    assert list(check.check(lake.environment)) == []
