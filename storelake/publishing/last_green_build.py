"""What the last green build was made of, so that the next one makes only what news can reach."""

import hashlib
import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from ingestion.environment import PROJECT, Environment
from ingestion.load.ledger import Ledger
from storelake.dbt_runner.affected_models import Changes
from storelake.dbt_runner.runner import work_file
from storelake.publishing.duckdb_file import published_file

_ROOMS = ("dbt_project/models", "dbt_project/packages", "macros", "seeds", "profiles", "tests/dbt")
_FILES = ("dbt_project/dbt_project.yml", "dbt_project/packages.yml")


@dataclass(frozen=True)
class BuildInputs:
    """All that silver and gold follow from: what each table of bronze last told, and a hash of code and seeds."""

    tables: dict[str, str]
    code: str


def build_inputs(environment: Environment) -> BuildInputs:
    """What a build that begins now is made of, as the ledger and the project's files tell.

    A table tells something new with a pull that landed anything, and with a snapshot that is the first of its feed on
    its day. One in which nothing ever landed is not named.
    """
    newest: dict[str, int] = defaultdict(int)
    snapshots: dict[str, set[str]] = defaultdict(set)
    for pull in Ledger(environment).pulls():
        if pull["status"] != "completed":
            continue
        table = f"{pull['system']}__{pull['entity']}"
        if pull["records_landed"] + pull["records_deleted"] > 0:
            newest[table] = max(newest[table], pull["sequence"])
        if pull["scope"] == "full" and pull["window_end"]:
            snapshots[table].add(f"{pull['source']} {pull['window_end']:%Y-%m-%d}")
    told = {table: _hash(f"{sequence} {sorted(snapshots[table])}".encode()) for table, sequence in newest.items()}
    return BuildInputs(told, _code_hash(environment))


def changes(environment: Environment, now: BuildInputs) -> Changes:
    """What the last green build was not made of. All is new where there was none, or its file is not as it was left."""
    try:
        before = json.loads(_record(environment).read_text())
        if before["file"] == _file(environment) and before["code"] == now.code:
            changed = {table for table, told in now.tables.items() if before["tables"].get(table) != told}
            return Changes(frozenset(changed), is_all_new=False)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    return Changes(frozenset(now.tables), is_all_new=True)


def record(environment: Environment, made_of: BuildInputs) -> None:
    """Note that the work file is what a green build made of these inputs, and is published."""
    partial = _record(environment).with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps({"file": _file(environment), **asdict(made_of)}))
    partial.replace(_record(environment))


def is_remembered(environment: Environment) -> bool:
    """Whether a build of everything was green, and what it built in is still there."""
    return _record(environment).exists() and work_file(environment).exists()


def _file(environment: Environment) -> str:
    """The work file's time and size, which `dbt build` typed by hand changes, and whether a killed one left a log."""
    published_file(environment).stat()
    file = work_file(environment)
    about = file.stat()
    return f"{about.st_mtime_ns} {about.st_size}{' and a log' if file.with_name(file.name + '.wal').exists() else ''}"


def _record(environment: Environment) -> Path:
    return environment.work / "green"


def _code_hash(environment: Environment) -> str:
    digest = hashlib.sha256(environment.name.encode())
    for path in _code():
        digest.update(str(path.relative_to(PROJECT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _code() -> list[Path]:
    found = [PROJECT / name for name in _FILES] + [path for room in _ROOMS for path in (PROJECT / room).rglob("*")]
    return sorted(path for path in found if path.is_file())
