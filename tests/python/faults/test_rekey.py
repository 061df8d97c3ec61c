"""Rekeying changes subject keys and nothing else: once, killed, and beside writers and compaction."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from lakes import Lake, line, table
from processes import KEY

from ingestion import times
from ingestion.environment import PROJECT
from ingestion.errors import StorelakeError
from ingestion.lake import delta
from ingestion.maintenance import compact, rekey
from ingestion.records.subjects import subject_keys

OLD_SECRET = b"old" * 20


def landed_before(lake: Lake, monkeypatch: pytest.MonkeyPatch, days: int = 3) -> None:
    """A lake whose rows have other subject keys than today's, in a partition a day, and a delete."""
    today, real = lake.environment, times.now
    lake.environment = replace(today, subject_key=OLD_SECRET)
    for n in range(days):
        monkeypatch.setattr(times, "now", lambda n=n: real() - timedelta(days=days - n))
        day = f"2011-01-0{n + 1} 10:00:00"
        lake.drop(f"{n}.csv", table(line(10 * n, at=day), line(10 * n + 1, at=day, customer="13085.0")))
        lake.ingest()
    lake.drop("less.csv", table(line(0, at="2011-01-01 10:00:00"), line(5, at="2011-01-01 10:00:00", customer="")))
    lake.ingest(accept=["less.csv"])
    monkeypatch.setattr(times, "now", real)
    lake.environment = today


def without_keys(lake: Lake) -> list[dict[str, Any]]:
    return sorted(({**row, "_subject_key": None} for row in lake.bronze()), key=repr)


def keys(lake: Lake) -> dict[str | None, int]:
    """How many rows of the lake have which key."""
    found: dict[str | None, int] = {}
    for row in lake.bronze():
        found[row["_subject_key"]] = found.get(row["_subject_key"], 0) + 1
    return found


def key(person: str, realm: str = "online_retail\x1fshop") -> str:
    (found,) = subject_keys(KEY.encode(), realm, pa.array([person])).to_pylist()
    return str(found)


# Three days of two lines, a delete of 13085's first, and a line of nobody.
EXPECTED = {key("17850"): 3, key("13085"): 4, None: 1}


def log(lake: Lake) -> list[Path]:
    return sorted((lake.environment.lake / "bronze" / "online_retail__invoice_lines" / "_delta_log").glob("*.json"))


def test_rows_get_the_keys_of_today_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows, deletes too, get the keys that they would get today; no other column changes, and a second run commits nothing."""
    landed_before(lake, monkeypatch)
    before = without_keys(lake)
    assert not keys(lake).keys() & {key("17850"), key("13085")}
    assert [(done.name, done.rows) for done in rekey.rekey(lake.environment)] == [("online_retail__invoice_lines", 7)]
    assert keys(lake) == EXPECTED
    assert without_keys(lake) == before
    commits = log(lake)
    assert 'dataChange":true' not in commits[-1].read_text()
    assert [done.rows for done in rekey.rekey(lake.environment)] == [0]
    assert log(lake) == commits
    compact.maintain(lake.environment, timedelta(0))
    assert keys(lake) == EXPECTED


def test_a_realm_that_is_declared_later_reaches_what_has_landed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who declares a realm for shops that have landed says --rekey, and one person is one."""
    landed_before(lake, monkeypatch)
    place = lake.folder.parent / "sources.toml"
    place.write_text('[online_retail.shop]\nrealm = "acme"\n')
    rekey.rekey(replace(lake.environment, sources=place))
    assert keys(lake) == {key("17850", "acme"): 3, key("13085", "acme"): 4, None: 1}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_is_killed_is_taken_up(lake: Lake, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Killed before or after the commit of its second partition, it leaves whole rows; the next does the rest."""
    landed_before(lake, monkeypatch)
    before = without_keys(lake)
    code = f"""
import os, signal
from ingestion.environment import load
from ingestion.lake import delta
from ingestion.maintenance import rekey
real, calls = delta._Commit.make, []
def make(*arguments):
    calls.append(1)
    if len(calls) == 2 and {moment!r} == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
delta._Commit.make = make
rekey.rekey(load(dict(STORELAKE_LAKE={str(lake.environment.lake)!r}, STORELAKE_SUBJECT_KEY={KEY!r})))
"""
    killed = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    assert without_keys(lake) == before
    half = keys(lake)
    assert half != EXPECTED
    (done,) = rekey.rekey(lake.environment)
    assert 0 < done.rows < 7
    assert keys(lake) == EXPECTED
    assert without_keys(lake) == before


@pytest.mark.parametrize("beside", ["pull", "compaction", "rekey"])
def test_others_may_commit_meanwhile(lake: Lake, monkeypatch: pytest.MonkeyPatch, beside: str) -> None:
    """What comes between reading and commit is neither lost nor doubled, and has the right keys in the end."""
    landed_before(lake, monkeypatch)
    lake.environment = replace(lake.environment, subject_key=OLD_SECRET)
    lake.drop("more.csv", table(line(90, at="2011-01-09 10:00:00")))
    lake.ingest()
    lake.environment = replace(lake.environment, subject_key=KEY.encode())
    real = delta.replace_files

    def others_first(*arguments: Any, **named: Any) -> None:
        monkeypatch.setattr(delta, "replace_files", real)
        if beside == "pull":
            lake.drop("last.csv", table(line(91, at="2011-01-10 10:00:00")))
            lake.environment = replace(lake.environment, subject_key=OLD_SECRET)
            lake.ingest()
            lake.environment = replace(lake.environment, subject_key=KEY.encode())
        elif beside == "compaction":
            compact.maintain(lake.environment, timedelta(hours=1))
        else:
            rekey.rekey(lake.environment)
        real(*arguments, **named)

    monkeypatch.setattr(delta, "replace_files", others_first)
    rekey.rekey(lake.environment)
    assert keys(lake) == {**EXPECTED, key("17850"): 5 if beside == "pull" else 4}


def test_rows_that_would_change_otherwise_are_noticed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it counts, all columns but the key are compared with what was there."""
    landed_before(lake, monkeypatch)
    before, commits = keys(lake), log(lake)
    real = rekey._Table._rekeyed
    monkeypatch.setattr(rekey._Table, "_rekeyed", lambda *a: (batch.slice(1) for batch in real(*a)))
    with pytest.raises(StorelakeError, match="nothing was changed"):
        rekey.rekey(lake.environment)
    assert (keys(lake), log(lake)) == (before, commits)
