"""What the last green build was made of, so that a run with nothing new need not make all of it again."""

import hashlib
import os
from pathlib import Path

from ingestion.environment import PROJECT, Environment
from ingestion.ledger import Ledger
from storelake.dbt import work_file
from storelake.publish import published_file

_ROOMS = ("dbt_project/models", "dbt_project/packages", "macros", "seeds", "profiles", "tests/dbt")
_FILES = ("dbt_project/dbt_project.yml", "dbt_project/packages.yml")


def ingredients(environment: Environment) -> str:
    """A hash of all that silver and gold follow from: the newest pull that landed anything, looks, code and seeds.

    A look that landed nothing tells something new where it is the first of its feed on its day.
    """
    completed = [pull for pull in Ledger(environment).pulls() if pull["status"] == "completed"]
    changes = [pull["sequence"] for pull in completed if pull["records_landed"] + pull["records_deleted"] > 0]
    looks = {
        (pull["system"], pull["source"], pull["entity"], f"{pull['window_end']:%Y-%m-%d}")
        for pull in completed
        if pull["scope"] == "full" and pull["window_end"]
    }
    digest = hashlib.sha256(f"{environment.name} {max(changes, default=0)} {sorted(looks)}".encode())
    for path in _code():
        digest.update(str(path.relative_to(PROJECT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_green(environment: Environment, made_of: str) -> bool:
    """Whether the last green build was made of the same, and the work file is as it left it."""
    try:
        return _record(environment).read_text() == _state(environment, made_of)
    except FileNotFoundError:
        return False


def remember(environment: Environment, made_of: str) -> None:
    """Note that the work file is what a green build made of these ingredients, and is published."""
    partial = _record(environment).with_suffix(f".{os.getpid()}")
    partial.write_text(_state(environment, made_of))
    partial.replace(_record(environment))


def _state(environment: Environment, made_of: str) -> str:
    """The ingredients and the work file's time and size: `dbt build` typed by hand changes the file."""
    published_file(environment).stat()
    file = work_file(environment).stat()
    return f"{made_of} {file.st_mtime_ns} {file.st_size}"


def _record(environment: Environment) -> Path:
    return environment.work / "green"


def _code() -> list[Path]:
    found = [PROJECT / name for name in _FILES] + [path for room in _ROOMS for path in (PROJECT / room).rglob("*")]
    return sorted(path for path in found if path.is_file())
