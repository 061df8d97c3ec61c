"""Whether both engines make the same of the same bronze: every table of silver and gold, cell by cell."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import athena, bucket
from storelake.athena import result_file
from storelake.dbt_runner import runner

_ROOMS = ("bronze", "ledger")
_BUILT = ("silver", "gold")
_ACCOUNTS = ("conservation", "missing_rates")
_SHOWN = 5
TOLERANCE = 1e-9
"""How far two doubles may be apart, as a part of the larger: sums of them depend on their order."""


@dataclass(frozen=True)
class Table:
    """A table as both engines have it; `key` names what one row is by."""

    schema: str
    name: str
    key: tuple[str, ...]


@dataclass
class Verdict:
    """How a table fared: rows on each side, and some of the differences, in words."""

    table: Table
    rows: tuple[int, int]
    differences: list[str] = field(default_factory=list)


def on_duckdb(environment: Environment, *, full_refresh: bool = False) -> tuple[Path, list[Table]]:
    """Build the lake of a bucket on DuckDB, in a copy of its bronze: the work file, and the tables to compare."""
    import json  # noqa: PLC0415

    folder = environment.work / "parity"
    mirror(environment, folder)
    ours = replace(environment, name="dev", bucket=None, lake=folder)
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    result = runner.run(ours, ["build", *kinds, *(["--full-refresh"] if full_refresh else [])])
    if not result.is_green:
        raise StorelakeError(f"DuckDB could not build it: {result.error or result.failed[0].message}")
    return runner.work_file(ours), tables(json.loads((runner.target(ours) / "manifest.json").read_text("utf-8")))


def mirror(environment: Environment, folder: Path) -> None:
    """Copy bronze and ledger of a bucket into a folder that serves as a lake; what is there already is left."""
    for room in _ROOMS:
        root = f"{environment.root}/{room}"
        for one in bucket.objects(root):
            target = folder / room / one.uri.removeprefix(f"{root}/")
            if not target.exists():
                bucket.download(one.uri, target)


def tables(manifest: dict[str, Any]) -> list[Table]:
    """The models of silver and gold, and those that account for them, with the key that their `one_row_per` names; all
    columns, where there is none.
    """
    keys: dict[str, tuple[str, ...]] = {}
    for node in manifest["nodes"].values():
        about = node.get("test_metadata") or {}
        if about.get("name") == "one_row_per" and node.get("attached_node"):
            keys[node["attached_node"]] = tuple(about["kwargs"]["key"])
    return [
        Table(node["config"]["schema"], node["name"], keys.get(name, ()))
        for name, node in sorted(manifest["nodes"].items())
        if node["resource_type"] == "model" and (node["config"]["schema"] in _BUILT or node["name"] in _ACCOUNTS)
    ]


def compare(environment: Environment, work_file: Path, chosen: Iterable[Table], scratch: Path) -> list[Verdict]:
    """Compare tables of a DuckDB file with those of the same names on Athena."""
    scratch.mkdir(parents=True, exist_ok=True)
    verdicts = []
    with duckdb.connect() as database:
        database.execute("set TimeZone = 'UTC'")
        # Under the name that it was built under: its views say it.
        database.execute(f"attach '{work_file}' as storelake (read_only)")
        for table in chosen:
            rows = scratch / f"{table.name}.csv"
            query = f'select * from "{environment.catalog_prefix}_{table.schema}"."{table.name}"'
            bucket.download(athena.run(environment, query), rows)
            verdicts.append(compare_one(database, f"storelake.{table.schema}.{table.name}", rows, table))
            rows.unlink()
    shutil.rmtree(scratch, ignore_errors=True)
    return verdicts


def compare_one(database: duckdb.DuckDBPyConnection, ours: str, theirs: Path, table: Table) -> Verdict:
    """Compare a relation with rows as Athena writes them: decimals and times exactly, doubles nearly."""
    types = {row[0]: row[1] for row in database.execute(f"describe {ours}").fetchall()}
    names = result_file.names(theirs)
    if set(names) != set(types):
        odd = sorted(set(names) ^ set(types))
        return Verdict(table, (_count(database, ours), -1), [f"columns that only one has: {', '.join(odd)}"])
    listed = ", ".join(f'{_reading(name, types[name])} as "{name}"' for name in types)
    database.execute(f"create or replace temp view us as select * from {ours}")
    database.execute(f"create or replace temp table them as select {listed} from {result_file.as_texts(theirs)}")
    verdict = Verdict(table, (_count(database, "us"), _count(database, "them")))
    key = table.key or tuple(types)
    on = " and ".join(f'us."{name}" is not distinct from them."{name}"' for name in key)
    shown = ", ".join(f'coalesce(cast(us."{one}" as varchar), cast(them."{one}" as varchar))' for one in key)
    for side, other in (("us", "them"), ("them", "us")):
        found = database.execute(
            f"select {shown.replace('us.', f'{side}.').replace('them.', f'{side}.')} "
            f"from {side} anti join {other} on {on} limit {_SHOWN}"
        ).fetchall()
        engine = "DuckDB" if side == "us" else "Athena"
        verdict.differences += [f"only {engine} has {_named(key, row)}" for row in found]
    for name, kind in types.items():
        if name in key:
            continue
        found = database.execute(
            f'select {shown}, us."{name}", them."{name}" from us join them on {on} '
            f"where {_differ(name, kind)} limit {_SHOWN}"
        ).fetchall()
        verdict.differences += [
            f"{_named(key, row)}: {name} is {row[-2]!r} on DuckDB and {row[-1]!r} on Athena" for row in found
        ]
    if not verdict.differences and verdict.rows[0] != verdict.rows[1]:
        verdict.differences.append("a row is there more often on one side")
    return verdict


def _reading(name: str, kind: str) -> str:
    """A column of texts as DuckDB's type of it."""
    if kind.startswith("TIMESTAMP WITH"):
        return f"cast(replace(\"{name}\", ' UTC', '+00') as {kind})"
    return f'cast("{name}" as {kind})'


def _differ(name: str, kind: str) -> str:
    if kind in ("DOUBLE", "FLOAT"):
        near = f'abs(us."{name}" - them."{name}") <= {TOLERANCE} * greatest(abs(us."{name}"), abs(them."{name}"))'
        return f'(us."{name}" is null) <> (them."{name}" is null) or not ({near})'
    return f'us."{name}" is distinct from them."{name}"'


def _named(key: Iterable[str], row: tuple[Any, ...]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(key, row, strict=False))


def _count(database: duckdb.DuckDBPyConnection, relation: str) -> int:
    found = database.execute(f"select count(*) from {relation}").fetchone()
    return int(found[0]) if found else 0
