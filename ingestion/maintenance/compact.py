"""Maintenance of a lake: small files become one, in the order of key and time, and what nobody needs any more goes.

No row changes and no version of a record goes. It may run beside readers and writers, be killed anywhere and run
twice at once: each partition is one commit, made by compare-and-set, and checked before it counts.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from ingestion import duckdb_engine, scratch
from ingestion.environment import Environment
from ingestion.errors import Overtaken, StorelakeError
from ingestion.lake import delta, schemas

TRANSACTION = "upkeep"
_SMALL = 32 << 20
"""Files below this are put together; a day of a source that is larger stays as it landed."""
_AT_ONCE = 256 << 20
"""What is put together in one commit, at most: it is sorted within landing's memory, and spills."""

LEDGER: dict[str, tuple[pa.Schema, tuple[str, ...]]] = {
    "pulls": (schemas.PULLS, ("started_at", "pull_id", "recorded_at")),
    "pull_items": (schemas.PULL_ITEMS, ("pull_id", "item")),
    "quarantine": (schemas.QUARANTINE, ("pull_id", "position")),
    "quarantine_replays": (schemas.QUARANTINE_REPLAYS, ("pull_id", "content_hash", "replayed_at")),
}
"""The ledger's tables: their columns, and the order in which their rows are kept."""
_BRONZE_ORDER = ("_record_key", "_record_at", "_ingested_at", "_pull_id", "_position")


@dataclass
class Kept:
    """What maintenance did for one table: data files before and after, and files removed that no version needs."""

    name: str
    files_before: int
    files_after: int = 0
    removed: int = 0
    freed: int = 0
    overtaken: int = 0
    """Partitions that another maintenance changed meanwhile; they are left to the next one."""


def delta_tables(environment: Environment) -> Iterator[tuple[str, pa.Schema, tuple[str, ...]]]:
    """Each Delta table that there is in the lake, as `bronze/<name>` or `ledger/<name>`, its columns and its order."""
    for path in sorted((environment.lake / "bronze").glob("*__*")):
        if delta.opened(str(path)):
            yield f"bronze/{path.name}", schemas.ENVELOPE, _BRONZE_ORDER
    for name, (schema, order) in LEDGER.items():
        if delta.opened(environment.ledger(name)):
            yield f"ledger/{name}", schema, order


def maintain(environment: Environment, keep: timedelta) -> list[Kept]:
    """Put small files together and remove files that have been of no use for longer than `keep`, in all tables.

    `keep` must be longer than any read or pull takes: whoever began before it still finds what he began with.
    """
    duckdb_engine.limit_memory_growth()
    scratch.remove_left(environment.work)
    found = []
    for name, schema, order in delta_tables(environment):
        uri = str(environment.lake / name)
        kept = Kept(name, len(delta.paths(DeltaTable(uri))))
        for partition in _partitions(DeltaTable(uri)):
            try:
                _compact(environment, uri, partition, schema, order)
            except Overtaken:
                kept.overtaken += 1
        table = DeltaTable(uri)
        kept.files_after = len(delta.paths(table))
        if kept.files_after != kept.files_before:
            # Readers begin with the newest checkpoint, and read the log from there.
            table.create_checkpoint()
        _add(kept, _sweep(Path(uri), {Path(path) for path in delta.paths(table)}, keep))
        found.append(kept)
    found.append(_add(Kept("raw", 0), _remove(environment.raw.rglob("*.partial"), keep)))
    found.append(_add(Kept("published", 0), _remove(environment.lake.glob(".storelake.duckdb.*"), keep)))
    return found


def _partitions(table: DeltaTable) -> list[tuple[tuple[str, str], ...]]:
    """The partitions that hold two small files or more, as names and values; one without a name where there is none."""
    names = table.metadata().partition_columns
    small: dict[tuple[tuple[str, str], ...], int] = {}
    for _, size, values in data_files(table, names):
        if size < _SMALL:
            small[values] = small.get(values, 0) + 1
    return sorted(values for values, files in small.items() if files > 1)


def data_files(table: DeltaTable, names: Sequence[str]) -> Iterator[tuple[str, int, tuple[tuple[str, str], ...]]]:
    """Path (as the log has it), size and partition of each file of the table's version."""
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    for action in actions:
        values = tuple((name, str(action[f"partition.{name}"])) for name in names)
        yield action["path"], action["size_bytes"], values


def _compact(
    environment: Environment,
    uri: str,
    partition: tuple[tuple[str, str], ...],
    schema: pa.Schema,
    order: Sequence[str],
) -> None:
    """Put the small files of one partition together, in one commit."""
    table = DeltaTable(uri)
    chosen: list[str] = []
    total = 0
    for path, size, values in sorted(data_files(table, [name for name, _ in partition])):
        if values == partition and size < _SMALL and total + size <= _AT_ONCE:
            chosen.append(path)
            total += size
    if len(chosen) < 2:
        return
    columns = [field for field in schema if field.name not in dict(partition)]
    held = [Path(uri) / unquote(path) for path in chosen]
    folder = environment.scratch()
    try:
        with closing(duckdb_engine.connect(environment.landing_memory, folder)) as database:
            before = digest(database, held, columns)

            def check(written: list[Path]) -> None:
                if digest(database, written, columns) != before:
                    raise StorelakeError(f"{uri}: what was put together is not what was there; nothing was changed.")

            delta.replace_files(
                table,
                _sorted(database, held, pa.schema(columns), order),
                dict(partition),
                chosen,
                transaction=(TRANSACTION, (table.transaction_version(TRANSACTION) or 0) + 1),
                check=check,
            )
    finally:
        scratch.remove(folder)


def _sorted(
    database: duckdb.DuckDBPyConnection, files: list[Path], schema: pa.Schema, order: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    names = ", ".join(schema.names)
    by = ", ".join(order)
    found = database.execute(f"select {names} from {read_files(files)} order by {by}").to_arrow_reader(
        rows_at_once(files)
    )
    for batch in found:
        yield from pa.Table.from_batches([batch]).cast(schema).to_batches()


def rows_at_once(files: list[Path]) -> int:
    rows = size = 0
    for file in files:
        about = pq.read_metadata(file)
        rows += about.num_rows
        size += sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    return max(1, min(delta.ROW_GROUP, delta.ROW_GROUP_BYTES * rows // max(1, size)))


def digest(database: duckdb.DuckDBPyConnection, files: list[Path], columns: list[pa.Field]) -> Any:
    """The number of rows, and what all of their values add up to, in whatever order they are."""
    names = ", ".join(field.name for field in columns)
    query = (
        f"select count(*), sum(hash(r)::hugeint), bit_xor(hash(r)) from (select {names} from {read_files(files)}) as r"
    )
    return database.execute(query).fetchone()


def read_files(files: list[Path]) -> str:
    names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"read_parquet([{names}], hive_partitioning = false)"


def _sweep(root: Path, needed: set[Path], keep: timedelta) -> tuple[int, int]:
    """Remove data files that the newest version does not need and that nobody has touched for longer than `keep`.

    What a killed pull left, and what was put together: its time says since when nobody needs it. The log stays.
    """
    files = (path for path in root.rglob("*.parquet") if "_delta_log" not in path.relative_to(root).parts)
    left = (path for path in (root / "_delta_log").glob("*.tmp"))
    data = _remove((path for path in files if path not in needed), keep)
    log = _remove(left, keep)
    return data[0] + log[0], data[1] + log[1]


def _remove(paths: Iterator[Path], keep: timedelta) -> tuple[int, int]:
    """Remove the files that nobody has touched for longer than `keep`; how many, and their bytes."""
    removed = freed = 0
    limit = time.time() - keep.total_seconds()
    for path in paths:
        # Another maintenance may be faster.
        with suppress(FileNotFoundError):
            about = path.stat()
            if about.st_mtime < limit:
                os.unlink(path)
                removed, freed = removed + 1, freed + about.st_size
    return removed, freed


def _add(kept: Kept, removed: tuple[int, int]) -> Kept:
    kept.removed, kept.freed = removed
    return kept
