"""A copy of the dbt project that a test may edit (seeds), built in this process against a lake of the test's own."""

import gc
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingestion.environment import PROJECT
from storelake.dbt_runner import duckdb_extensions

_ROOMS = ("dbt_project", "macros", "seeds", "profiles", "tests/dbt")
_LEADING = ("STORELAKE_ENV", "STORELAKE_LAKE", "STORELAKE_DUCKDB_EXTENSIONS")
_PARSED = "dbt_project/target/partial_parse.msgpack"


@dataclass
class Project:
    """The copy under `folder`, and the lake that it reads and builds into."""

    folder: Path
    lake: Path

    @classmethod
    def copy(cls, folder: Path) -> "Project":
        """Copy the rooms that dbt needs; the lake is the copy's usual one.

        Then all that dbt reads from the environment is as in the original, and what it parsed there holds here.
        """
        ignore = shutil.ignore_patterns("target", "logs")
        for room in _ROOMS:
            shutil.copytree(PROJECT / room, folder / room, ignore=ignore, symlinks=True)
        if (PROJECT / _PARSED).exists():
            (folder / _PARSED).parent.mkdir()
            shutil.copy2(PROJECT / _PARSED, folder / _PARSED)
        (folder / ".venv").mkdir()
        (folder / ".venv" / "duckdb_extensions").symlink_to(duckdb_extensions.FOLDER)
        return cls(folder, folder / "lake")

    def run(self, *arguments: str) -> Any:
        """One dbt command; returns dbt's own result."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.adapters.factory import reset_adapters
        from dbt.cli.main import dbtRunner

        (self.lake / "work").mkdir(parents=True, exist_ok=True)
        with _as_usual(self.folder):
            outcome = dbtRunner().invoke(
                [
                    *("--log-level", "none", "--log-level-file", "none", "--no-write-json"),
                    *arguments,
                    *("--project-dir", str(self.folder / "dbt_project")),
                    *("--profiles-dir", str(self.folder / "profiles")),
                ]
            )
            DuckDBConnectionManager.close_all_connections()
            reset_adapters()
        return outcome

    def build(self, *arguments: str) -> None:
        """Build and test the data; every node must be green."""
        outcome = self.run("build", "--exclude-resource-type", "unit_test", *arguments)
        failed = [
            f"{entry.node.name}: {entry.message}"
            for entry in getattr(outcome.result, "results", [])
            if entry.status.value in ("fail", "error", "runtime error")
        ]
        assert outcome.success, "\n".join(failed) or outcome.exception

    @property
    def work_file(self) -> Path:
        """What dbt builds in."""
        return self.lake / "work" / "storelake.duckdb"

    def tables(self, schemas: Iterable[str] = ("silver", "gold")) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table of the schemas, each table in an order of its own."""
        with duckdb.connect(str(self.work_file), read_only=True) as database:
            names = database.execute(
                "select table_schema, table_name from information_schema.tables "
                "where table_schema in (select unnest(?)) and table_type = 'BASE TABLE'",
                [list(schemas)],
            ).fetchall()
            return {
                f"{schema}.{name}": sorted(database.execute(f"select * from {schema}.{name}").fetchall(), key=repr)
                for schema, name in names
            }


def difference(one: dict[str, list[tuple[Any, ...]]], other: dict[str, list[tuple[Any, ...]]]) -> str:
    """Where two sets of tables differ, in words; empty where they do not."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        left, right = one.get(name, []), other.get(name, [])
        if left != right:
            only_left = [row for row in left if row not in set(right)][:2]
            only_right = [row for row in right if row not in set(left)][:2]
            found.append(
                f"{name}: {len(left)} and {len(right)} rows\n  only first: {only_left}\n  only second: {only_right}"
            )
    return "\n".join(found)


@contextmanager
def _as_usual(folder: Path) -> Iterator[None]:
    """In the copy's folder, without a variable that leads elsewhere; garbage is left alone, as by `storelake build`."""
    before = {name: os.environ.pop(name, None) for name in _LEADING}
    gc.disable()
    try:
        with chdir(folder / "dbt_project"):
            yield
    finally:
        gc.enable()
        os.environ.update({name: value for name, value in before.items() if value is not None})
