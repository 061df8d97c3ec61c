"""Runs `storelake` through the launcher, and tells what a lake holds in a form that can be compared."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from lakes import Lake
from points import Kill

from ingestion.environment import load

SUBJECT_KEY = "k" * 40
PATIENCE = 120
_LAUNCHER = Path(__file__).with_name("launcher.py")

# What two runs that did the same work may differ in: names, clocks, who did it, how hard it was.
_OWN = {
    "pulls": {
        *("pull_id", "status", "sequence", "pulldate", "requests", "retries", "notes", "code_version"),
        *("host", "process", "started_at", "finished_at", "recorded_at"),
        *("items_seen", "bronze_transaction"),
    },
    "pull_items": {"pull_id", "item", "recorded_at", "modified_at"},
    "quarantine": {"pull_id", "position", "quarantined_at"},
    "bronze": {"pulldate", "_pull_id", "_position", "_ingested_at"},
    "models": {"_sequence", "next_sequence", "_position", "_ingested_at"},
}


@dataclass
class Ended:
    """How a command ended: its exit code (minus a signal's number), and all it printed.

    `hangs` where it had to be ended, `left` where processes of it were still there a while after it.
    """

    code: int
    seconds: float
    output: str
    passed: dict[str, int]
    hangs: bool = False
    left: bool = False


class Launcher:
    """The other end of launcher.py."""

    def __init__(self, folder: Path, builds: Path | None) -> None:
        self._folder = folder
        variables = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(_LAUNCHER), *([str(builds)] if builds else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=variables,
        )
        if (said := self._out.readline()) != "ready\n":
            raise RuntimeError(f"the launcher said {said!r}")

    @property
    def _out(self) -> Any:
        return self._process.stdout

    def run(
        self,
        lake: Path,
        *arguments: str,
        kill: Kill | Mapping[str, Any] | None = None,
        count: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> Ended:
        """`storelake <arguments>` on a lake, killed if told so."""
        output = self._folder / "output.txt"
        order = {
            "arguments": arguments,
            "variables": {**(variables or {}), "STORELAKE_LAKE": str(lake), "STORELAKE_SUBJECT_KEY": SUBJECT_KEY},
            "output": str(output),
            "kill": kill.as_json() if isinstance(kill, Kill) else kill,
            "count": count,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._out.readline())
        passed = json.loads(output.with_suffix(".json").read_text()) if count else {}
        text = output.read_text(errors="replace")
        return Ended(said["code"], said["seconds"], text, passed, said["hangs"], said["left"])

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)


@contextmanager
def launcher(folder: Path, builds: Path | None = None) -> Iterator[Launcher]:
    """A launcher for a while; its outputs lie in `folder`. `builds` is the lake that it can build, if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Launcher(folder, builds)
    try:
        yield found
    finally:
        found.close()


def opened(lake: Path) -> Lake:
    """The lake for a look at what it holds."""
    environment = load({"STORELAKE_LAKE": str(lake), "STORELAKE_SUBJECT_KEY": SUBJECT_KEY})
    lake.parent.mkdir(parents=True, exist_ok=True)
    return Lake(environment, lake.with_name(lake.name + "-files"))


def essence(lake: Lake) -> dict[str, list[str]]:
    """What bronze, ledger and quarantine of a lake say, apart from who said it when.

    Versions of a record stay in their order. Of the ledger, pulls that changed nothing are left out: a run that ends
    what another had begun looks around once more.
    """
    completed = lake.completed()
    effective = [pull for pull in completed if _has_effect(pull)]
    order = {pull["pull_id"]: pull["sequence"] for pull in completed}
    mine = {pull["pull_id"] for pull in effective}
    found: dict[str, list[str]] = {
        "pulls": sorted(_told(pull, _OWN["pulls"]) for pull in effective),
        "items": sorted(
            _told(item, _OWN["pull_items"])
            for item in lake.rows("ledger/pull_items")
            if item["pull_id"] in mine and item["status"] != "seen"
        ),
        "quarantine": sorted(_told(row, _OWN["quarantine"]) for row in lake.quarantine()),
    }
    for folder in sorted((lake.environment.lake / "bronze").glob("*__*")):
        rows = sorted(
            lake.rows(f"bronze/{folder.name}"),
            key=lambda row: (row["source"], row["_record_key"], order[row["_pull_id"]], row["_position"]),
        )
        found[folder.name] = [_told(row, _OWN["bronze"]) for row in rows]
    return found


def tables(file: Path) -> dict[str, list[str]]:
    """Every row of silver and gold in a DuckDB file, each table in an order of its own."""
    return _models(file, set())


def facts(file: Path) -> dict[str, list[str]]:
    """The same, apart from which pull brought a row and when: what two lakes of the same facts have in common."""
    return _models(file, _OWN["models"])


def _models(file: Path, without: set[str]) -> dict[str, list[str]]:
    with duckdb.connect(str(file), read_only=True) as database:
        columns: dict[str, list[str]] = {}
        for schema, table, column in database.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "inner join information_schema.tables using (table_schema, table_name) "
            "where table_schema in ('silver', 'gold') and table_type = 'BASE TABLE' order by all"
        ).fetchall():
            columns.setdefault(f"{schema}.{table}", []).extend([] if column in without else [column])
        return {
            name: sorted(map(repr, database.execute(f"select {', '.join(names)} from {name}").fetchall()))
            for name, names in columns.items()
        }


def _has_effect(pull: Mapping[str, Any]) -> bool:
    counts = ("records_landed", "records_deleted", "records_quarantined")
    return any(pull[name] for name in counts)


def _told(row: Mapping[str, Any], without: set[str]) -> str:
    return repr([(name, value) for name, value in row.items() if name not in without])


def differences(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> str:
    """Where two lakes differ, in words; empty where they do not."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        left, right = one.get(name, []), other.get(name, [])
        if left != right:
            known, others = set(left), set(right)
            only = [row[:400] for row in left if row not in others][:2]
            more = [row[:400] for row in right if row not in known][:2]
            found.append(f"{name}: {len(left)} and {len(right)} rows\n  only first: {only}\n  only second: {more}")
    return "\n".join(found)
