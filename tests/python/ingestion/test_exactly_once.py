"""Exactly once: killed anywhere, side by side, on a full or read-only disk, under a clock that jumps."""

import datetime as dt
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lakes import Lake, line, table
from processes import KEY, child, ended

from ingestion import run, scratch, times
from ingestion.environment import PROJECT, load
from ingestion.lake import delta
from ingestion.load.landing import Landing
from ingestion.load.ledger import Ledger
from ingestion.load.quarantine import Quarantine

VOLATILE = ("pull_id", "started_at", "finished_at", "recorded_at", "process", "notes")


class Killed(KeyboardInterrupt):
    """Stands for a process that ends here."""


class Panic(BaseException):
    """What deltalake raises where its own code fails: no Exception."""


def steady(pull: dict[str, Any]) -> dict[str, Any]:
    """What two pulls that did the same have in common."""
    return {name: value for name, value in pull.items() if name not in VOLATILE}


# ---------- killed ----------


def test_killed_between_commit_and_ledger_is_completed_by_the_next_run(lake: Lake, tmp_path: Path) -> None:
    """The commit in bronze is the moment of truth: the next run gives that pull its counts, window and sequence."""
    content = table(line(1), line(2), line(3, quantity="three"), "x")
    lake.drop("a.csv", content)
    code, _, _ = ended(
        child(lake, "from ingestion.load.ledger import Ledger; Ledger.complete = lambda *_, **__: os._exit(9)")
    )
    assert code == 9
    assert (lake.completed(), len(lake.rows("bronze/online_retail__invoice_lines"))) == ([], 2)
    first, second = lake.ingest(), lake.completed()
    assert [pull["sequence"] for pull in second] == [1, 2]
    assert first == second[1:]
    assert (first[0]["items_seen"], first[0]["records_read"]) == (1, 0)

    whole = Lake(load({"STORELAKE_LAKE": str(tmp_path / "other"), "STORELAKE_SUBJECT_KEY": KEY}), tmp_path / "files")
    (undisturbed,) = whole.ingest()
    assert steady(second[0]) == steady(undisturbed)
    assert "completed by a later run" in second[0]["notes"]
    said = [pull["error"] for pull in lake.rows("ledger/pulls") if pull["status"] == "failed"]
    assert said == [], "nobody may read that nothing was landed"


POINTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "after its start": lambda patch: patch.setattr(Landing, "land", _die),
    "before its items": lambda patch: patch.setattr(Ledger, "write_items", _die),
    "before its quarantine": lambda patch: patch.setattr(Quarantine, "write", _die),
    "after its quarantine": lambda patch: patch.setattr(delta, "append_partition", _die),
    "while its file is written": lambda patch: patch.setattr(delta, "_write", _die),
    "while its file is taken": lambda patch: patch.setattr(delta._File, "take", _die),
    "before its commit": lambda patch: patch.setattr(delta, "_statistics", _die),
}


def _die(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("point", POINTS)
def test_killed_before_the_commit_leaves_nothing(lake: Lake, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Whatever was written before the commit counts for nothing, and the next run does the work once."""
    lake.drop("a.csv", table(line(1), line(2), line(3, quantity="three")))
    with monkeypatch.context() as patch:
        POINTS[point](patch)
        patch.setattr(Ledger, "fail", lambda *_: None)
        with pytest.raises(Killed):
            lake.outcomes()
    assert (lake.completed(), lake.rows("bronze/online_retail__invoice_lines"), lake.quarantine()) == ([], [], [])
    (pull,) = lake.ingest()
    assert (pull["sequence"], pull["records_landed"], pull["records_quarantined"]) == (1, 2, 1)


def test_a_process_that_was_killed_is_reported_as_failed(lake: Lake) -> None:
    """A pull left `running` by a process that is gone becomes `failed`, with words; one that lives is left alone."""
    lake.drop("a.csv", table(line(1)))
    code, _, _ = ended(child(lake, "from ingestion.load.landing import Landing; Landing.land = lambda *_: os._exit(9)"))
    assert code == 9
    assert [pull["status"] for pull in lake.rows("ledger/pulls")] == ["running"]
    mine = lake.environment.scratch()
    Ledger(lake.environment).start(_pull_of_this_process(lake))
    lake.ingest()
    last = {pull["pull_id"]: pull for pull in Ledger(lake.environment).pulls()}
    assert sorted(pull["status"] for pull in last.values()) == ["completed", "failed", "running"]
    (failed,) = [pull for pull in last.values() if pull["status"] == "failed"]
    assert "stopped before this pull was committed" in failed["error"]
    scratch.remove(mine)
    assert len(lake.bronze()) == 1


def _pull_of_this_process(lake: Lake) -> Any:
    from ingestion.pulls import Feed, Pull

    return Pull(Feed("online_retail", "other", "invoice_lines"), "statement", 0)


def test_a_pull_that_fails_lands_nothing_and_the_next_one_all(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An error is in the ledger in one line without values and without a stack trace, and costs nothing but time."""
    lake.drop("a.csv", table(line(1, description="SECRET")))
    with monkeypatch.context() as patch:
        patch.setattr(delta, "_write", lambda *_: 1 / 0)
        (outcome,) = lake.outcomes()
    assert outcome.error is not None
    assert outcome.error.startswith("ZeroDivisionError at ")
    (failed,) = [pull for pull in lake.rows("ledger/pulls") if pull["status"] == "failed"]
    assert failed["error"] == outcome.error
    assert "Traceback" not in "".join(capfd.readouterr())
    assert lake.ingest()[0]["records_landed"] == 1


def test_a_panic_in_one_feed_costs_no_other(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends one feed, the others land, and all outcomes are told."""
    for source in ("one", "two"):
        folder = lake.environment.drop("online_retail", source)
        folder.mkdir(parents=True)
        Lake(lake.environment, folder).drop("a.csv", table(line(source)))
    lake.environment.drop("online_retail", "uk").mkdir()
    real = delta.append_partition

    def fails_for_one(*arguments: Any, **named: Any) -> None:
        if arguments[2]["source"] == "one":
            raise Panic
        real(*arguments, **named)

    monkeypatch.setattr(delta, "append_partition", fails_for_one)
    outcomes = {outcome.feed.source: outcome for outcome in run.ingest(lake.environment, ["online_retail"])}
    assert [outcomes[source].error is None for source in ("one", "two")] == [False, True]
    assert [row["source"] for row in lake.bronze()] == ["two"]


# ---------- side by side ----------


def test_two_processes_on_one_source_double_nothing(lake: Lake) -> None:
    """Two runs at once both end well; every line lands once, though each file of that day needs a pull of its own."""
    for number in range(4):
        lake.drop(f"{number}.csv", table(line(1, quantity=number), line(2)))
    first, second = (ended(process) for process in [child(lake), child(lake)])
    assert (first[0], second[0]) == (0, 0), first[2] + second[2]
    lake.check()
    assert int(first[1]) + int(second[1]) == 5
    assert [
        row["_document"].split('"Quantity":"')[1][0] for row in lake.bronze(where='_document like \'%InvoiceNo":"1"%\'')
    ] == list("0123")


def test_first_runs_of_two_sources_at_once(lake: Lake, tmp_path: Path) -> None:
    """Sources share tables and the sequence, and nothing else."""
    other = Lake(lake.environment, tmp_path / "other")
    for number in range(2):
        lake.drop(f"{number}.csv", table(line(1, quantity=number)))
        other.drop(f"{number}.csv", table(line(1, quantity=number), line(2)))
    processes = [child(lake), child(lake, source="other", folder=other.folder)]
    assert [ended(process)[0] for process in processes] == [0, 0]
    lake.check()
    assert len(lake.bronze(where="source = 'shop'")) == 2
    assert len(lake.bronze(where="source = 'other'")) == 3
    assert len({row["_record_key"] for row in lake.bronze()}) == 3


def test_sources_of_one_run_side_by_side_do_not_mix(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two drop folders pulled by two workers of one process, whose comparisons spill at the same time."""
    for source in ("one", "two"):
        folder = lake.environment.drop("online_retail", source)
        folder.mkdir(parents=True)
        Lake(lake.environment, folder).drop(
            "a.csv", table(*(line(n, quantity=1, description=source) for n in range(500)))
        )
    (lake.environment.drop("online_retail", "uk")).mkdir()
    for quantity in (1, 2):
        for source in ("one", "two"):
            folder = lake.environment.drop("online_retail", source)
            rows = (line(n, quantity=quantity, description=source) for n in range(500))
            Lake(lake.environment, folder).drop("b.csv", table(*rows, line("x")))
        outcomes = run.ingest(lake.environment, ["online_retail"], workers=3)
        assert [outcome.error for outcome in outcomes] == [None] * 3
    lake.check()
    for source in ("one", "two"):
        found = lake.documents(where=f"source = '{source}'")
        assert len(found) == 501
        assert {document["Description"] for document in found} == {source, "a mug"}


def test_comparisons_have_scratch_folders_of_their_own(lake: Lake) -> None:
    """DuckDB's spill files have fixed names: two databases that share a folder overwrite each other's."""
    from ingestion.lake.schemas import ENVELOPE
    from ingestion.load.landing import _Comparison
    from ingestion.pulls import Feed

    def folder(comparison: _Comparison) -> str:
        return str(comparison._duckdb.execute("select current_setting('temp_directory')").fetchone())

    feed = Feed("online_retail", "shop", "invoice_lines")
    table = delta.open_or_create(lake.environment.bronze("online_retail", "invoice_lines"), ENVELOPE)
    with _Comparison(lake.environment, table, feed, {}) as one, _Comparison(lake.environment, table, feed, {}) as two:
        assert folder(one) != folder(two)
    assert list(lake.environment.work.rglob("*")) == []


# ---------- the machine ----------


def test_a_clock_that_jumps_back_does_no_harm(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is newest is told by the sequence, never by a clock."""
    lake.drop("a.csv", table(line(1, quantity=1), line(2)))
    lake.ingest()
    real = times.from_timestamp
    monkeypatch.setattr(times, "from_timestamp", lambda seconds: real(seconds) - dt.timedelta(days=400))
    lake.drop("b.csv", table(line(1, quantity=2), line(3)))
    lake.ingest()
    monkeypatch.setattr(times, "from_timestamp", real)
    lake.drop("c.csv", table(line(1, quantity=1), line(3), line(4)))
    (pull,) = lake.ingest()
    assert (pull["records_landed"], pull["records_known"], pull["records_deleted"]) == (2, 1, 0)
    assert len({row["pulldate"] for row in lake.bronze()}) == 2
    assert [document["Quantity"] for document in lake.documents() if document["InvoiceNo"] == "1"] == ["1"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.getuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], check=False).returncode
    ):
        pytest.skip("needs the right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_a_clear_error_and_an_intact_lake(small_disk: Path, tmp_path: Path, lake: Lake) -> None:
    """Wherever the space runs out, the message says so, the lake stays whole, and with space the same command works."""
    tight = Lake(load({"STORELAKE_LAKE": str(small_disk / "lake"), "STORELAKE_SUBJECT_KEY": KEY}), tmp_path / "files")
    tight.drop("a.csv", table(line(1)))
    tight.ingest()
    noise = [os.urandom(300).hex() for _ in range(1500)]
    tight.drop("b.csv", table(line(1), *(line(n, description=text) for n, text in enumerate(noise))))
    filler = small_disk / "filler"
    errors = []
    for free in (0, 20_000, 500_000, 940_000):
        filler.write_bytes(b"")
        about = os.statvfs(small_disk)
        filler.write_bytes(bytes(max(0, about.f_bavail * about.f_frsize - free)))
        try:
            (outcome,) = tight.outcomes()
            errors.append(outcome.error)
        except OSError as error:
            errors.append("The disk is full" if error.errno == 28 else repr(error))
        filler.unlink()
        tight.check()
        assert len(tight.bronze()) == 1
    assert [str(error)[:16] for error in errors] == ["The disk is full"] * 4
    (pull,) = tight.ingest()
    assert pull["records_landed"] == 1500


def test_a_read_only_lake_is_a_clear_error(small_disk: Path, tmp_path: Path) -> None:
    """Nothing can be written, not even that it failed; the message says why."""
    lake = Lake(load({"STORELAKE_LAKE": str(small_disk / "lake"), "STORELAKE_SUBJECT_KEY": KEY}), tmp_path / "files")
    lake.drop("a.csv", table(line(1)))
    lake.ingest()
    lake.drop("b.csv", table(line(1, quantity=2)))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    (outcome,) = lake.outcomes()
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert outcome.error is not None
    assert "read-only" in outcome.error
    assert lake.ingest()[0]["records_landed"] == 1


def test_pulls_that_begin_at_the_same_moment_do_not_meet_in_dlt() -> None:
    """dlt's configuration is written before the first pull and never beside another: else one of many runs failed."""
    code = """
        import sys, threading, time
        from pathlib import Path
        from tempfile import mkdtemp
        import pyarrow as pa
        from ingestion.load import dlt_pipeline as pipeline
        from ingestion.pulls import Feed
        from ingestion.lake.schemas import ENVELOPE
        barrier, failed, calls, together = threading.Barrier(6), [], [], []
        real = pipeline._configure
        def configure(config):
            calls.append(1)
            time.sleep(0.1)
            together.append(len(calls))
            real(config)
            calls.pop()
        pipeline._configure = configure
        def carry(n):
            barrier.wait()
            try:
                row = {field.name: "x" if field.type == pa.string() else 0 for field in ENVELOPE}
                rows = iter([pa.Table.from_pylist([row], ENVELOPE)])
                pipeline.run_pipeline(Feed("system", f"s{n}", "things"), rows, lambda path: None, Path(mkdtemp()) / "dlt")
            except BaseException as error:
                failed.append(repr(error))
        threads = [threading.Thread(target=carry, args=(n,)) for n in range(6)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        sys.exit("; ".join(failed) or (None if max(together) == 1 else "two at once"))
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_fails_while_landing_is_told_without_a_stack(lake: Lake) -> None:
    """dlt logs the stack of a job that failed, with names of folders: a run says one line about it."""
    lake.drop("a.csv", table(line(1)))
    code, out, said = ended(
        child(lake, "from ingestion.load import landing; landing._Comparison.compare = lambda *_, **__: 1 / 0")
    )
    assert (code, out, "ZeroDivisionError" in said) == (1, "", True)
    assert "Traceback" not in said
