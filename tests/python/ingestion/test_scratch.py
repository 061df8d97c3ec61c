"""Whose scratch space and whose pulls are left behind: told by locks, since names of hosts and numbers of processes lie."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from lakes import Lake, line, table
from processes import KEY, ended

from ingestion import scratch
from ingestion.environment import PROJECT, Environment, load
from ingestion.errors import StorelakeError
from ingestion.lake import delta
from ingestion.load.ledger import Ledger
from ingestion.maintenance import check, compact, repair
from storelake.locking import lease


def elsewhere(lake: Lake, host: str | None, process: int, then: str) -> subprocess.Popen[str]:
    """Another container that ingests: its host's name, its process's number there, and what it does while it compares."""
    code = f"""
        import os, socket, sys, time
        os.getpid = lambda: {process}
        name = {host!r} or socket.gethostname()
        socket.gethostname = lambda: name
        from pathlib import Path
        from ingestion import run
        from ingestion.load import landing
        from ingestion.environment import load
        environment = load(dict(STORELAKE_LAKE={str(lake.environment.lake)!r}, STORELAKE_SUBJECT_KEY={KEY!r}))
        real = landing._Comparison.compare
        def compare(*arguments, **named):
            landing._Comparison.compare = real
            arguments[0]._duckdb
            {then}
            return real(*arguments, **named)
        landing._Comparison.compare = compare
        for outcome in run.ingest(environment, ["online_retail"], source="other", folder=Path({str(lake.folder)!r})):
            if outcome.error:
                sys.exit(outcome.error)
    """
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


NOBODY = 4_190_000
"""A number that no process of this machine has."""


def statuses(lake: Lake) -> dict[str, str]:
    """The status of the last pull of each source."""
    return {pull["source"]: pull["status"] for pull in Ledger(lake.environment).pulls()}


def folders(lake: Lake) -> list[Path]:
    """The scratch space in a lake."""
    return sorted(lake.environment.work.glob("run-*"))


def test_two_containers_with_one_host_name_leave_each_other_alone(lake: Lake, tmp_path: Path) -> None:
    """A process whose number means nothing here lives all the same: its scratch stays, and its pull goes on."""
    lake.drop("a.csv", table(line(1), line(2)))
    lake.ingest()
    go = tmp_path / "go"
    other = elsewhere(
        lake, None, NOBODY, f"print(flush=True)\n            while not os.path.exists({str(go)!r}): time.sleep(0.02)"
    )
    assert other.stdout is not None
    other.stdout.readline()
    theirs = folders(lake)
    assert len(theirs) == 2
    lake.drop("b.csv", table(line(3, at="2011-02-04 10:00:00")))
    lake.ingest()
    assert folders(lake) == theirs
    assert statuses(lake) == {"shop": "completed", "other": "running"}
    go.touch()
    code, _, said = ended(other)
    assert code == 0, said
    assert statuses(lake) == {"shop": "completed", "other": "completed"}
    assert [pull["status"] for pull in lake.rows("ledger/pulls") if pull["status"] == "failed"] == []


@pytest.mark.parametrize(
    ("host", "process"),
    [("another-host", NOBODY), ("another-host", os.getpid()), (None, NOBODY), (None, os.getpid())],
    ids=[
        "another host",
        "another host, a number that lives here",
        "this host",
        "this host, the number of this process",
    ],
)
def test_what_a_container_left_goes_whatever_its_name_was(lake: Lake, host: str | None, process: int) -> None:
    """A container gets another name each time it starts, or the same name and number: either way what was left goes."""
    lake.drop("a.csv", table(line(1)))
    lake.ingest()
    code, _, said = ended(elsewhere(lake, host, process, "os._exit(9)"))
    assert code == 9, said
    assert len(folders(lake)) == 2
    assert statuses(lake)["other"] == "running"
    lake.ingest()
    assert folders(lake) == []
    assert statuses(lake)["other"] == "failed"


def test_a_folder_is_used_while_its_process_lives(environment: Environment) -> None:
    """Neither this process nor another takes a folder away that is in use; one that was removed is no burden."""
    mine = environment.scratch()
    code = (
        "from ingestion import scratch; from ingestion.environment import load; import os\n"
        "scratch.remove_left(load(os.environ).work)"
    )
    variables = {**os.environ, "STORELAKE_LAKE": str(environment.lake), "STORELAKE_SUBJECT_KEY": KEY}
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=variables, check=True)
    scratch.remove_left(environment.work)
    assert mine.is_dir()
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        scratch.remove(environment.scratch())
    assert len(os.listdir("/proc/self/fd")) == descriptors
    scratch.remove(mine)


def test_without_locks_only_what_is_old_goes(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks tells nothing: what nobody has touched for a day is taken to be left."""

    def no_locks(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(scratch.fcntl, "flock", no_locks)
    young, old = environment.scratch(), environment.scratch()
    day_ago = time.time() - 2 * scratch.LONG
    os.utime(old, (day_ago, day_ago))
    scratch.remove_left(environment.work)
    assert (young.exists(), old.exists()) == (True, False)


def test_a_folder_is_told_from_one_of_the_same_path_elsewhere(tmp_path: Path) -> None:
    """Two containers with one host name and one path share a lake in a bucket: neither takes the other's turn for its own."""
    one, other = (
        load({"STORELAKE_LAKE": str(tmp_path / name), "STORELAKE_SUBJECT_KEY": KEY}) for name in ("one", "other")
    )
    before = lease._folder(one)
    assert lease._folder(one) == before
    assert lease._folder(other) != before
    one.lake.rename(tmp_path / "away")
    assert lease._folder(one) != before


# ---------- where the lake may be ----------

REFUSED = "#'^|%?*[]\\{}\"`\n\t\x7f\x01"
ALLOWED = "a lake, ü & 日 $1 (x) =+~;:@!<>"


@pytest.mark.parametrize("character", REFUSED)
def test_a_path_that_would_go_wrong_is_refused_at_the_start(tmp_path: Path, character: str) -> None:
    """Delta, DuckDB and dbt write the path into URLs, patterns and SQL: before anything is made, the character is named."""
    lake = tmp_path / f"a{character}b" / "lake"
    with pytest.raises(StorelakeError, match=r"STORELAKE_LAKE is .*cannot use a folder with") as error:
        load({"STORELAKE_LAKE": str(lake), "STORELAKE_SUBJECT_KEY": KEY})
    named = character if character.isprintable() else "a line break, a control character"
    assert named in str(error.value).partition("cannot use")[2]
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Names of folders are bytes, and may be no UTF-8."""
    with pytest.raises(StorelakeError, match="no UTF-8"):
        load({"STORELAKE_LAKE": str(tmp_path / os.fsdecode(b"\xff")), "STORELAKE_SUBJECT_KEY": KEY})


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Lake]:
    """A lake in a folder with all other kinds of characters."""
    environment = load({"STORELAKE_LAKE": str(tmp_path / ALLOWED / "lake"), "STORELAKE_SUBJECT_KEY": KEY})
    lake = Lake(environment, tmp_path / "files")
    yield lake
    lake.check()


def test_any_other_path_is_right_everywhere(odd: Lake, tmp_path: Path) -> None:
    """Landing, comparing, upkeep, check and repair find their files in a folder of any other name."""
    for quantity in (1, 2, 3):
        odd.drop(f"{quantity}.csv", table(line(1, quantity=quantity), line(2)))
        odd.ingest()
    compact.maintain(odd.environment, timedelta(hours=1))
    assert list(check.check(odd.environment)) == []
    (file,) = delta.paths(DeltaTable(odd.environment.bronze("online_retail", "invoice_lines")))
    Path(file).unlink()
    assert list(repair.repair(odd.environment))
    assert list(check.check(odd.environment)) == []
    assert [row["_document"].count('"Quantity":"3"') for row in odd.bronze()] == [0, 0, 0, 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ALLOWED, "files"])
