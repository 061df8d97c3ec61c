"""The few things ingestion does with Delta tables: open or create, read, append with a transaction."""

import json
import os
import secrets
import shutil
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from ingestion.errors import Damaged, Overtaken
from ingestion.lake import bucket

ROW_GROUP = 8_192
ROW_GROUP_BYTES = 8 << 20
_ROW_GROUPS_ALONE = 4
_WAITING = 3
"""Row groups that may wait to be written, of all files together: without any, who makes them waits a tenth of landing's
time."""
_ATTEMPTS = 5
_SMALL = 32 << 10
_KEPT_ROWS = 10_000
_ENTRIES_CHECKED = 100
"""Delta writes a checkpoint each hundred commits, and reads no entry before it."""
CHECK = "Nothing was changed; storelake check says what else is wrong and what to do."
RESTORED = "repair"
"""The transaction id of commits that bring rows back."""
_MARK = "storelake_commit"
"""In the info of each commit, a text that no other commit has."""
_IN_BUCKET = {"delta.checkpointInterval": "10"}
"""Each entry of the log behind the last checkpoint is a request to S3 whenever the table is opened."""
_REPEATED = frozenset(("_operation", "_pull_id", "_subject_key", "pull_id", "status"))
_COMPARED = frozenset(("_record_at", "_pull_id", "_position", "pull_id", "status"))


def exists(uri: str) -> bool:
    """Whether there is a table."""
    return DeltaTable.is_deltatable(uri)


def open_or_create(
    uri: str,
    schema: pa.Schema,
    *,
    partition_by: list[str] | None = None,
    statistics: Iterable[str] = (),
) -> DeltaTable:
    """The table at `uri`, made empty if it is not there yet; one of an older version gets the columns that it lacks.

    `statistics` names the only columns whose smallest and largest values go into the log. The log is
    kept for ever: it is the proof of which pull brought which rows.
    """
    if (table := opened(uri)) is not None:
        return _with_columns(table, schema)
    try:
        return DeltaTable.create(
            uri,
            schema,
            mode="ignore",
            partition_by=partition_by,
            configuration={
                "delta.dataSkippingStatsColumns": ",".join(statistics),
                "delta.enableExpiredLogCleanup": "false",
                **(_IN_BUCKET if bucket.is_in_bucket(uri) else {}),
            },
        )
    except DeltaError:
        # Two first runs at once: the other one has just created it.
        if not DeltaTable.is_deltatable(uri):
            raise
    return DeltaTable(uri)


def _with_columns(table: DeltaTable, schema: pa.Schema) -> DeltaTable:
    """Add the columns that a table of an older version lacks: its rows have NULL there."""
    held = {field.name for field in table.schema().fields}
    if missing := [field.with_nullable(True) for field in schema if field.name not in held]:
        try:
            table.alter.add_columns(Schema.from_arrow(pa.schema(missing)).fields)
        except DeltaError:
            # Another process has just added them.
            table.update_incremental()
            held = {field.name for field in table.schema().fields}
            if any(field.name not in held for field in missing):
                raise
    return table


def opened(uri: str) -> DeltaTable | None:
    """The table at `uri`, or None where there is none yet. Raises Damaged where there is one that cannot be read.

    The newest entries of the log are looked at one by one: an empty one, which a power failure leaves, is read as
    a commit of nothing, and a table without its log as no table. Objects of a bucket are whole, or not there.
    """
    log = Path(uri) / "_delta_log"
    try:
        table = DeltaTable(uri)
        if bucket.is_in_bucket(uri):
            return table
    except TableNotFoundError:
        if bucket.is_in_bucket(uri):
            return None
        if left := next(Path(uri).rglob("*.parquet"), None):
            raise Damaged(f"{uri} holds data ({left.name}) and no log. {CHECK}") from None
        return None
    except DeltaError as error:
        raise Damaged(f"{uri}: its log cannot be read: {bad_entry(log) or type(error).__name__}. {CHECK}") from None
    newest = table.version()
    for number in range(max(0, newest - _ENTRIES_CHECKED), newest + 1):
        if reason := _entry_problem(_entry(log, number)):
            raise Damaged(f"{uri}: its log has a damaged entry: {reason}. {CHECK}")
    return table


def bad_entry(log: Path) -> str | None:
    """The first entry of a log that is missing or no JSON, and why; None where all are well."""
    numbers = sorted(int(path.stem) for path in log.glob("*.json") if path.stem.isdigit())
    for number in range(numbers[-1] + 1 if numbers else 0):
        entry = _entry(log, number)
        if reason := _entry_problem(entry):
            return reason
        try:
            for line in entry.read_text("utf-8").splitlines():
                json.loads(line)
        except ValueError:
            return f"{entry.name} is damaged"
    return None


def _entry(log: Path, number: int) -> Path:
    return log / f"{number:020d}.json"


def _entry_problem(entry: Path) -> str | None:
    try:
        return None if entry.stat().st_size else f"{entry.name} is empty"
    except FileNotFoundError:
        return f"{entry.name} is missing"


@contextmanager
def current(uri: str, schema: pa.Schema, *, statistics: Iterable[str] = ()) -> Iterator[DeltaTable]:
    """A small table as it is now, made if it is not there: to look at, and to append to before anybody else does.

    In a bucket, the threads of a process take turns.
    """
    with _followed.table(uri, lambda: open_or_create(uri, schema, statistics=statistics)) as table:
        assert table is not None
        yield table


def append_rows(uri: str, schema: pa.Schema, rows: list[dict[str, Any]], *, statistics: Iterable[str] = ()) -> None:
    """Append a few rows to a small table, which is made if it is not there; no rows, no commit."""
    for attempt in range(_ATTEMPTS):
        with current(uri, schema, statistics=statistics) as table:
            if not rows:
                return
            try:
                _append_rows(table, schema, rows, None)
                return
            except CommitFailedError as error:
                if attempt == _ATTEMPTS - 1 or not _is_overtaken(error):
                    raise


def append_rows_once(
    table: DeltaTable, schema: pa.Schema, rows: list[dict[str, Any]], transaction: tuple[str, int]
) -> None:
    """Append to a loaded table: Overtaken is raised where anybody has taken the transaction's number since then."""
    try:
        _append_rows(table, schema, rows, transaction)
    except CommitFailedError as error:
        if _is_overtaken(error):
            raise Overtaken("Another run was faster.") from error
        raise


def _append_rows(
    table: DeltaTable, schema: pa.Schema, rows: list[dict[str, Any]], transaction: tuple[str, int] | None
) -> None:
    new = pa.Table.from_pylist(rows, schema=schema)
    _Commit(table).make(
        lambda properties: write_deltalake(table, new, mode="append", commit_properties=properties), transaction, None
    )


class _Commit:
    """One commit to a loaded table. An error does not tell whether it took effect: the log does."""

    def __init__(self, table: DeltaTable) -> None:
        self._uri = table.table_uri
        self._version = table.version()
        self._mark = secrets.token_hex(16)

    def make(
        self,
        commit: Callable[[CommitProperties], object],
        transaction: tuple[str, int] | None,
        metadata: Mapping[str, Any] | None,
    ) -> None:
        """Commit. An error behind a commit that took effect is none: the checkpoint can be written later.

        An interruption is raised either way.
        """
        told = {"storelake": json.dumps(dict(metadata))} if metadata else {}
        properties = CommitProperties(
            app_transactions=[Transaction(*transaction)] if transaction else None,
            custom_metadata={**told, _MARK: self._mark},
            max_commit_retries=50,
        )
        try:
            commit(properties)
        except Exception:
            if not self.took_effect():
                raise

    def took_effect(self) -> bool | None:
        """Whether the commit is in the log; None where that cannot be told now."""
        try:
            table = DeltaTable(self._uri)
            newer = table.version() - self._version
            return newer > 0 and any(entry.get(_MARK) == self._mark for entry in table.history(newer))
        except Exception:
            return None


def write_file(path: Path, batches: Iterator[pa.RecordBatch]) -> int:
    """Write a data file as tables have them, for `append_partition` to take; how many rows it has.

    No rows make no file. Each row group is written while the next is made.
    """
    file = _File(path)
    _write([file], batches)
    return file.rows


def append_partition(
    table: DeltaTable,
    batches: Iterator[pa.RecordBatch],
    partition: Mapping[str, str],
    *,
    taken: Path | None = None,
    transaction: tuple[str, int],
    metadata: Mapping[str, Any],
) -> None:
    """Append a stream of rows of one partition in one commit; many rows make two files, written side by side.

    The rows have no columns of the partition. `taken` is a file of `write_file` that becomes one of the partition's
    as it is. `transaction` is (id, number): if anybody else commits the same id after `table` was loaded, nothing is
    appended and Overtaken is raised. `metadata` shows in the commit's info under `storelake`. Written by pyarrow,
    since deltalake's own writer needs 150 MB more for the same stream.
    """
    _commit(table, batches, partition, (), taken=taken, transaction=transaction, metadata=metadata)


def replace_files(
    table: DeltaTable,
    batches: Iterator[pa.RecordBatch],
    partition: Mapping[str, str],
    replaced: Sequence[str],
    *,
    transaction: tuple[str, int],
    check: Callable[[list[Path]], None],
) -> None:
    """Put a stream of rows in the place of the files of one partition that hold the same rows; no row changes.

    `replaced` are paths as the log has them. `check` is called with the new files before they count, and raises
    where they are not what they should be. Overtaken is raised as by `append_partition`.
    """
    _commit(table, batches, partition, replaced, transaction=transaction, metadata=None, check=check)


def append_again(
    table: DeltaTable,
    batches: Iterator[pa.RecordBatch],
    partition: Mapping[str, str],
    *,
    check: Callable[[list[Path]], None],
) -> None:
    """Append rows of a partition that had been landed before and were lost. `check` is called as by `replace_files`."""
    number = (table.transaction_version(RESTORED) or 0) + 1
    _commit(table, batches, partition, (), transaction=(RESTORED, number), metadata=None, check=check)


def exchange_files(
    table: DeltaTable, partition: Mapping[str, str], removed: Sequence[str], added: Sequence[str]
) -> None:
    """Take files out of a table, whether they are there or not, and put others back in that it had before."""
    root = Path(_path(table.table_uri))
    now = int(time.time() * 1000)
    actions: list[AddAction | RemoveAction] = [
        RemoveAction(path=path, data_change=False, deletion_timestamp=now, partition_values=dict(partition))
        for path in removed
    ]
    for path in added:
        place = root / unquote(path)
        actions.append(_added(table, path, place, pq.read_metadata(place).num_rows, partition, data_change=False))
    number = (table.transaction_version(RESTORED) or 0) + 1
    _Commit(table).make(
        lambda properties: table.create_write_transaction(
            actions, "append", table.schema(), table.metadata().partition_columns, commit_properties=properties
        ),
        (RESTORED, number),
        None,
    )


def _added(
    table: DeltaTable, path: str, place: Path, rows: int, partition: Mapping[str, str], *, data_change: bool
) -> AddAction:
    columns = table.metadata().configuration.get("delta.dataSkippingStatsColumns", "")
    return AddAction(
        path=path,
        size=place.stat().st_size,
        partition_values=dict(partition),
        modification_time=int(time.time() * 1000),
        data_change=data_change,
        stats=json.dumps(_statistics(place, rows, [name for name in columns.split(",") if name])),
    )


def _commit(
    table: DeltaTable,
    batches: Iterator[pa.RecordBatch],
    partition: Mapping[str, str],
    replaced: Sequence[str],
    *,
    taken: Path | None = None,
    transaction: tuple[str, int],
    metadata: Mapping[str, Any] | None,
    check: Callable[[list[Path]], None] = lambda files: None,
) -> None:
    """One commit: files with these rows come, files that are replaced go."""
    below = "/".join(f"{name}={value}" for name, value in partition.items())
    place = f"{_path(table.table_uri).rstrip('/')}/{below}"
    with _written_in(place) as folder:
        _append(table, batches, partition, replaced, taken, folder, below, place, transaction, metadata, check)


def _append(
    table: DeltaTable,
    batches: Iterator[pa.RecordBatch],
    partition: Mapping[str, str],
    replaced: Sequence[str],
    taken: Path | None,
    folder: Path,
    below: str,
    place: str,
    transaction: tuple[str, int],
    metadata: Mapping[str, Any] | None,
    check: Callable[[list[Path]], None],
) -> None:
    root = Path(_path(table.table_uri))
    files = [_File(_new_file(folder)), _File(_new_file(folder))]
    commit = _Commit(table)
    try:
        _write(files, batches)
        if taken is not None:
            files.append(_File(_new_file(folder)))
            files[-1].take(taken)
        written = [file for file in files if file.rows]
        check([file.path for file in written])
        if bucket.is_in_bucket(place):
            for file in written:
                bucket.upload(file.path, f"{place}/{file.path.name}")
        actions: list[AddAction | RemoveAction] = [
            _added(
                table,
                "/".join(part for part in (below, file.path.name) if part),
                file.path,
                file.rows,
                partition,
                data_change=not replaced,
            )
            for file in written
        ]
        for path in replaced:
            # How long a file has been of no use is told by its own time: whoever reads an older version needs it.
            os.utime(root / unquote(path))
            actions.append(
                RemoveAction(
                    path=path,
                    data_change=False,
                    deletion_timestamp=int(time.time() * 1000),
                    size=(root / unquote(path)).stat().st_size,
                    partition_values=dict(partition),
                )
            )
        commit.make(
            lambda properties: table.create_write_transaction(
                actions, "append", table.schema(), table.metadata().partition_columns, commit_properties=properties
            ),
            transaction,
            metadata,
        )
    except BaseException as error:
        # What was uploaded stays: a commit whose answer got lost may still come, and needs its files.
        if commit.took_effect() is False:
            for file in files:
                file.path.unlink(missing_ok=True)
        if isinstance(error, CommitFailedError) and _is_overtaken(error):
            raise Overtaken("Another run has landed the same source meanwhile.") from error
        raise


def rows(uri: str, columns: list[str] | None = None, where: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a small table whose columns equal `where`, as dictionaries; none where there is no table."""
    with _followed.table(uri, lambda: opened(uri)) as table:
        files = paths(table) if table else []
    return _rows(files, columns, where)


def rows_of(
    table: DeltaTable, columns: list[str] | None = None, where: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The same of a loaded table, as it was when it was loaded."""
    return _rows(paths(table), columns, where)


def _rows(
    files: Iterable[str], columns: list[str] | None = None, where: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    conditions = dict(where or {})
    needed = None if columns is None else list(dict.fromkeys([*columns, *conditions]))
    found = []
    for path in files:
        try:
            held = _small_files.read(path)
            if held is None:
                with open_parquet(path) as parquet:
                    held = parquet.read(columns=needed).to_pylist()
        except (OSError, pa.ArrowException) as error:
            raise Damaged(f"{path} {_why(error)}. {CHECK}") from None
        for row in held:
            if all(row[name] == value for name, value in conditions.items()):
                found.append({name: row[name] for name in needed} if needed else dict(row))
    return found


class _SmallFiles:
    """The rows of small files that this process has read: what Delta has written never changes.

    A run asks its ledger many times for each feed, and each event of a pull is a file. On a disk, each file is looked
    at all the same: one that has gone or was damaged meanwhile is to be noticed.
    """

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, int, int], list[dict[str, Any]]] = OrderedDict()
        self._rows = 0
        self._lock = threading.Lock()

    def read(self, path: str) -> list[dict[str, Any]] | None:
        """The rows of a file; None where it is too large to be kept."""
        about = None if bucket.is_in_bucket(path) else os.stat(path)
        key = (path, about.st_size, about.st_mtime_ns) if about else (path, 0, 0)
        with self._lock:
            if key in self._files:
                self._files.move_to_end(key)
                return self._files[key]
        if key[1] > _SMALL:
            return None
        with open_parquet(path) as parquet:
            if parquet.metadata.num_rows > _KEPT_ROWS // 10:
                return None
            found: list[dict[str, Any]] = parquet.read().to_pylist()
        with self._lock:
            if key not in self._files:
                self._files[key] = found
                self._rows += len(found)
            while self._rows > _KEPT_ROWS:
                self._rows -= len(self._files.popitem(last=False)[1])
        return found


_small_files = _SmallFiles()


class _Followed:
    """Tables in buckets that this process opens again and again: of their logs, only what is new is fetched."""

    def __init__(self) -> None:
        self._tables: dict[str, DeltaTable] = {}
        self._locks: dict[str, threading.Lock] = {}

    @contextmanager
    def table(self, uri: str, first: Callable[[], DeltaTable | None]) -> Iterator[DeltaTable | None]:
        """A table as it is now, which nobody else of this process has meanwhile; `first` opens it.

        On a disk it is opened each time: what has gone or was damaged meanwhile is to be noticed.
        """
        if not bucket.is_in_bucket(uri):
            yield first()
            return
        with self._locks.setdefault(uri, threading.Lock()):
            table = self._tables.pop(uri, None)
            if table is not None:
                try:
                    table.update_incremental()
                except DeltaError:
                    # Opening it says what is wrong, if it still is.
                    table = None
            if table is None:
                table = first()
            if table is not None:
                self._tables[uri] = table
            yield table


_followed = _Followed()


def paths(table: DeltaTable, **partition: str) -> list[str]:
    """The data files of a loaded table, or of one of its partitions."""
    filters = [(name, "=", value) for name, value in partition.items()]
    return [_path(uri) for uri in table.file_uris(partition_filters=filters or None)]


def damaged(files: Iterable[str]) -> str | None:
    """The first of these data files that is missing or has no whole footer, and why."""
    for path in files:
        try:
            with open_parquet(path):
                pass
        except (OSError, pa.ArrowException) as error:
            return f"{path} {_why(error)}"
    return None


def _why(error: Exception) -> str:
    return "is missing" if isinstance(error, FileNotFoundError) else "is damaged"


def open_parquet(path: str) -> pq.ParquetFile:
    """A data file that `paths` named."""
    if bucket.is_in_bucket(path):
        return pq.ParquetFile(path.removeprefix(bucket.SCHEME), filesystem=bucket.filesystem())
    return pq.ParquetFile(path)


def dataset(paths: list[str]) -> Any:
    """Data files in a bucket, for an engine that reads Arrow: only what it asks for is fetched."""
    import pyarrow.dataset as ds  # noqa: PLC0415

    return ds.dataset([path.removeprefix(bucket.SCHEME) for path in paths], filesystem=bucket.filesystem())


@contextmanager
def _written_in(place: str) -> Iterator[Path]:
    """Where files for a place are written first: there, or beside where it is a bucket."""
    if bucket.is_in_bucket(place):
        with TemporaryDirectory(prefix="storelake-") as folder:
            yield Path(folder)
    else:
        yield Path(place)


def _path(uri: str) -> str:
    # Delta writes a space or an umlaut in the lake's own path as %20, %C3%BC.
    return unquote(uri.removeprefix("file://"))


def _new_file(folder: Path) -> Path:
    return folder / f"part-{secrets.token_hex(16)}.zstd.parquet"


class _File:
    """A parquet file that is written one row group at a time, by whichever thread calls."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._writer: pq.ParquetWriter | None = None

    def write(self, batches: list[pa.RecordBatch]) -> None:
        """Append a row group."""
        table = pa.Table.from_batches(batches)
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(
                self.path,
                table.schema,
                compression="zstd",
                compression_level=1,
                # So that a bit that fell over is noticed by who asks, and by `storelake check`.
                write_page_checksum=True,
                # Unique texts gain nothing from a dictionary.
                use_dictionary=[name for name in table.schema.names if name in _REPEATED],
                write_statistics=[name for name in table.schema.names if name in _COMPARED],
            )
        self._writer.write_table(table)
        self.rows += table.num_rows

    def take(self, written: Path) -> None:
        """Be a file that is there already, under a name of its own."""
        self.rows = pq.read_metadata(written).num_rows
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(written, self.path)
        except OSError:
            # Another file system, or one without links.
            shutil.copyfile(written, self.path)
        # Maintenance removes what nobody needs by its age, which begins here.
        os.utime(self.path)

    def close(self) -> None:
        """Write the footer, where there is anything."""
        if self._writer is not None:
            self._writer.close()


def _write(files: list[_File], batches: Iterator[pa.RecordBatch]) -> None:
    """Write row groups by turns into the files, a thread each: the first ones into the first, which may be all."""
    with ExitStack() as stack:
        for file in files:
            stack.callback(file.close)
        writers = [stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="bronze")) for _ in files]
        busy: list[deque[Future[None]]] = [deque() for _ in files]
        for number, group in enumerate(_row_groups(batches)):
            turn = number % len(files) if number >= _ROW_GROUPS_ALONE else 0
            # One is written while others are made, and a few wait: no more of them are held.
            if len(busy[turn]) > _WAITING // len(files):
                busy[turn].popleft().result()
            busy[turn].append(writers[turn].submit(files[turn].write, group))
        for last in chain.from_iterable(busy):
            last.result()


def _row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= ROW_GROUP or size >= ROW_GROUP_BYTES:
            yield waiting
            waiting, rows, size = [], 0, 0
    if waiting:
        yield waiting


def _statistics(path: Path, rows: int, columns: list[str]) -> dict[str, Any]:
    """Delta's statistics of a file from parquet's: row count, and of each column smallest, largest, nulls."""
    with pq.ParquetFile(path) as file:
        about = file.metadata
        place = {name: number for number, name in enumerate(file.schema_arrow.names)}
        smallest: dict[str, Any] = {}
        largest: dict[str, Any] = {}
        nulls: dict[str, int] = {}
        for name in columns:
            found = [about.row_group(n).column(place[name]).statistics for n in range(about.num_row_groups)]
            nulls[name] = sum(one.null_count for one in found)
            bounded = [one for one in found if one.has_min_max]
            if bounded:
                smallest[name] = _as_json(min(one.min for one in bounded))
                largest[name] = _as_json(max(one.max for one in bounded))
    return {"numRecords": rows, "minValues": smallest, "maxValues": largest, "nullCount": nulls}


def _as_json(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return value


def _is_overtaken(error: CommitFailedError) -> bool:
    # "Metadata changed": two first runs have both created the table.
    return "oncurrent transaction" in str(error) or "etadata changed" in str(error)
