"""The way into bronze: what a pull brought is compared with what is held, and the rest is appended, exactly once.

One Delta commit per pull is the moment of truth. It carries the pull's counts, and the transaction id of its
feed with the next number, so that two pulls of one feed can never both commit what they read before the other.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from ingestion import duckdb_engine, scratch, times
from ingestion.environment import Environment
from ingestion.errors import Damaged, Overtaken, StorelakeError
from ingestion.lake import bucket, delta
from ingestion.lake.schemas import BRONZE_FILE, ENVELOPE, PARTITION
from ingestion.load.ledger import Ledger
from ingestion.load.quarantine import Quarantine
from ingestion.pulls import EVERYTHING, Counts, DeleteScope, Feed, Pull, Reject

if TYPE_CHECKING:
    import duckdb

_BATCH = delta.ROW_GROUP
_HISTORY = 10_000
_KEY_BYTES = 32
_ROW_BYTES = 1024
"""What comparing a row may take of landing's memory: more rows than fit are compared in ranges of keys."""
_TWIN = "has the key of another record in the same reading, which counts instead of it"


@contextmanager
def compared(
    environment: Environment,
    table: DeltaTable,
    feed: Feed,
    sequences: dict[str, int],
    files: list[str],
    staged: Path | None,
    gone: DeleteScope,
    *,
    is_snapshot: bool,
) -> Iterator["_Comparison"]:
    """What a pull brought, compared with what these files hold of the pulls that have these sequences."""
    with _Comparison(environment, table, feed, sequences, files) as comparison:
        comparison.compare(staged, gone, is_snapshot=is_snapshot)
        yield comparison


class Landing:
    """Appends pulls to one lake's bronze and completes them in its ledger."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._ledger = Ledger(environment)
        self._quarantine = Quarantine(environment)

    def begin(self, feed: Feed) -> int:
        """The number that the feed's last commit has, once the ledger knows all of its commits."""
        table = self._table(feed)
        number = table.transaction_version(feed.transaction_id) or 0
        completed = self._ledger.completed_transaction(feed)
        if number > completed:
            self._recover(feed, table)
            completed = self._ledger.completed_transaction(feed)
        if number > completed:
            raise Damaged(f"{feed}: bronze holds pulls that the ledger does not know. {delta.CHECK}")
        # Another run may have landed since the table was opened; a commit comes before its completion.
        if number < completed and (self._table(feed).transaction_version(feed.transaction_id) or 0) < completed:
            raise Damaged(f"{feed}: the ledger knows pulls that bronze does not hold any more. {delta.CHECK}")
        return number

    def land(self, pull: Pull, staged: Path | None, gone: DeleteScope) -> None:
        """Append what is new of `staged` (a data file of the pull's rows, or nothing), and complete the pull.

        Items and quarantine are written first and count only with the completion. Raises Overtaken, and
        appends nothing, where the feed has moved on since `begin`.
        """
        duckdb_engine.release_memory()
        feed = pull.feed
        table = self._table(feed)
        if (table.transaction_version(feed.transaction_id) or 0) != pull.expected_transaction:
            raise Overtaken(f"Another run has landed {feed} meanwhile.")
        transaction = pull.expected_transaction + 1
        with _Comparison(self._environment, table, feed, self._ledger.sequences()) as comparison:
            comparison.compare(staged, gone, is_snapshot=pull.scope == "full")
            counts = pull.counts
            twins = self._twins(pull, comparison)
            counts.landed, counts.known, counts.deleted = comparison.landed, comparison.known, comparison.deleted
            self._ledger.write_items(pull)
            self._quarantine.write(pull, twins)
            # What states a part of its source without a change is a commit of no rows: of two runs that read an old
            # statement and a newer one, the old one must not complete last.
            if counts.landed or counts.deleted or _states(pull):
                delta.append_partition(
                    table,
                    comparison.rows(pull),
                    {"pulldate": str(pull.started_at.date()), "source": feed.source},
                    taken=comparison.taken,
                    transaction=(feed.transaction_id, transaction),
                    metadata={
                        "pull_id": pull.pull_id,
                        "feed": str(feed),
                        "transaction": transaction,
                        "counts": counts.__dict__,
                        "notes": "; ".join(pull.notes),
                        "facts": _as_json(pull.facts()),
                    },
                )
            else:
                transaction = pull.expected_transaction
        self._ledger.complete(pull.facts(), counts, transaction=transaction, notes="; ".join(pull.notes) or None)

    def _twins(self, pull: Pull, comparison: "_Comparison") -> Iterator[Reject]:
        """The records that another of the same reading replaces, counted, to be written to quarantine."""
        items = {item.raw_uri: item for item in pull.items}
        for place, count in comparison.twins_by_file():
            pull.counts.quarantined += count
            if item := items.get(place):
                item.records_quarantined += count
        if comparison.twins:
            pull.notes.append(f"{comparison.twins:,} record(s) have the key of another in the same reading")
        hashes = {place: item.content_hash for place, item in items.items()}
        return (
            Reject("duplicate_key", None, _TWIN, document, uri, hashes.get(uri.partition("#")[0]))
            for uri, document in comparison.twin_documents()
        )

    def _table(self, feed: Feed) -> DeltaTable:
        return delta.open_or_create(
            self._environment.bronze(feed.system, feed.entity),
            ENVELOPE,
            partition_by=list(PARTITION),
            # Nothing of `_document` may stand in the log in plain text.
            statistics=["_record_at", "_pull_id"],
        )

    def _recover(self, feed: Feed, table: DeltaTable) -> None:
        """Complete the pulls that were committed by a run that stopped before it could tell the ledger."""
        complete = self._ledger.sequences()
        for said in commits(table):
            # Where the ledger has lost even that a pull began, a person should know before it is rebuilt.
            if (
                said["feed"] == str(feed)
                and said["pull_id"] not in complete
                and self._ledger.has_started(said["pull_id"])
            ):
                self.complete_from(said)

    def complete_from(self, said: Mapping[str, Any]) -> int:
        """Complete a pull from what its commit in bronze says; returns its sequence."""
        facts = {name: _MOMENTS.get(name, _as_it_is)(value) for name, value in said["facts"].items()}
        notes = "; ".join(filter(None, [said["notes"], "completed by a later run"]))
        return self._ledger.complete(facts, Counts(**said["counts"]), transaction=said["transaction"], notes=notes)


def commits(table: DeltaTable, newest: int | None = None) -> Iterator[dict[str, Any]]:
    """What the commits of pulls in a bronze table, or in its newest versions, say of them, oldest first."""
    for commit in reversed(table.history(newest)):
        said = json.loads(commit.get("storelake", "{}"))
        if "feed" in said:
            yield {**said, "committed_at": commit["timestamp"]}


def _states(pull: Pull) -> bool:
    return any(item.parts for item in pull.items if item.status == "read")


def _as_json(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}


def _as_it_is(value: Any) -> Any:
    return value


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_MOMENTS: dict[str, Callable[[Any], Any]] = {
    "window_start": _moment,
    "window_end": _moment,
    "started_at": _moment,
    "pulldate": date.fromisoformat,
}


class _Comparison:
    """Which staged rows are new and which held records are gone, worked out by DuckDB within its memory limit."""

    def __init__(
        self,
        environment: Environment,
        table: DeltaTable,
        feed: Feed,
        sequences: dict[str, int],
        files: list[str] | None = None,
    ) -> None:
        self._table = table
        self._files = delta.paths(table, source=feed.source) if files is None else files
        self._feed = feed
        self._sequences = sequences
        self._staged: Path | None = None
        self._all_new = True
        self._rows_at_once = _BATCH
        self._is_fresh = np.zeros(0, bool)
        self._is_twin = np.zeros(0, bool)
        self._first = 0
        self.landed = self.known = self.deleted = self.twins = 0
        # A folder of its own: DuckDB's spill files have the same names in every database.
        self._environment = environment

    def __enter__(self) -> "_Comparison":
        return self

    def __exit__(self, *_: object) -> None:
        if "_duckdb" in self.__dict__:
            self._duckdb.close()
            scratch.remove(self._scratch)

    @cached_property
    def _duckdb(self) -> "duckdb.DuckDBPyConnection":
        return duckdb_engine.connect(self._environment.landing_memory, self._scratch)

    @cached_property
    def _scratch(self) -> Path:
        return self._environment.scratch()

    def compare(self, staged: Path | None, gone: DeleteScope, *, is_snapshot: bool) -> None:
        """Fill `landed`, `known`, `deleted` and `twins`.

        A snapshot names each record once: of staged rows with one key the one that is held counts, else the last.
        """
        try:
            self._compare(staged, gone, is_snapshot)
        except duckdb_engine.duckdb_error() as error:
            if said := delta.damaged(self._files):
                raise Damaged(f"{said}. {delta.CHECK}") from None
            if duckdb_engine.is_out_of_memory(error):
                raise StorelakeError(
                    f"{self._feed}: {self._environment.landing_memory} of memory are too little to compare what was "
                    "pulled with what is held. Set STORELAKE_LANDING_MEMORY to more (512MB), and run it again."
                ) from None
            raise

    def _compare(self, staged: Path | None, gone: DeleteScope, is_snapshot: bool) -> None:
        self._staged = staged
        rows = 0
        if staged:
            about = pq.read_metadata(staged)
            rows = about.num_rows
            size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
            self._rows_at_once = max(1, min(_BATCH, delta.ROW_GROUP_BYTES * rows // max(1, size)))
        files = self._files
        # Looked for only where it decides something.
        has_twins = (is_snapshot or not files) and self._has_twins(rows)
        self._all_new = not files and not has_twins
        if self._all_new or not (rows or gone.parts):
            self.landed = rows
            return
        self._register(staged, files)
        self._mark_positions(rows)
        for keys in self._ranges(rows, files, gone):
            self._find_held(bool(files), gone, keys)
            self._find_fresh(keys, is_snapshot and has_twins)
            if gone.parts and files:
                self._find_gone(gone, keys)
            self._duckdb.execute("drop table held")
        self.landed, self.twins = int(self._is_fresh.sum()), int(self._is_twin.sum())
        self.known = rows - self.landed - self.twins
        self._all_new = self.landed == rows
        if gone.parts and files:
            self.deleted = self._count("gone")

    @property
    def taken(self) -> Path | None:
        """What was staged, where all of it is new: bronze takes the file as it is."""
        return self._staged if self._all_new and self.landed else None

    def rows(self, pull: Pull) -> Iterator[pa.RecordBatch]:
        """The rows to append beside that: new versions as they were staged, then deletes."""
        if self._staged and self.landed and not self._all_new:
            yield from _conform(self._marked(self._is_fresh))
        if self.deleted:
            yield from self._deletes(pull)

    def all_rows(self, pull: Pull) -> Iterator[pa.RecordBatch]:
        """All rows that the pull lands, also where bronze could take the staged file as it is."""
        if self.taken:
            yield from _conform(_read(self.taken, self._rows_at_once))
        yield from self.rows(pull)

    def twins_by_file(self) -> Iterator[tuple[str, int]]:
        """How many records of each archived file another of the same reading replaces."""
        counts: dict[str, int] = {}
        for uri, _ in self.twin_documents():
            place = uri.partition("#")[0]
            counts[place] = counts.get(place, 0) + 1
        yield from counts.items()

    def twin_documents(self) -> Iterator[tuple[str, str]]:
        """Where each of these records came from, and what it was."""
        if self.twins:
            for batch in self._marked(self._is_twin):
                yield from zip(batch["_source_uri"].to_pylist(), batch["_document"].to_pylist(), strict=True)

    def _marked(self, marks: Any) -> Iterator[pa.RecordBatch]:
        """The staged rows whose positions are marked, as they were staged."""
        assert self._staged is not None
        for batch in _read(self._staged, self._rows_at_once):
            chosen = marks[batch["_position"].to_numpy() - self._first]
            if chosen.any():
                yield batch.filter(pa.array(chosen))

    def _mark_positions(self, rows: int) -> None:
        if not rows:
            return
        (self._first, last) = self._duckdb.execute("select min(_position), max(_position) from staged").fetchone()  # type: ignore[misc]
        self._is_fresh = np.zeros(last - self._first + 1, bool)
        self._is_twin = np.zeros(last - self._first + 1, bool)

    def _ranges(self, rows: int, files: list[str], gone: DeleteScope) -> list[str]:
        """Conditions on `_record_key` that part all keys, so that each part's rows fit into memory."""
        held = rows
        if EVERYTHING in gone.parts:
            held = sum(delta.open_parquet(path).metadata.num_rows for path in files)
        room = max(1, duckdb_engine.memory(self._duckdb) // _ROW_BYTES)
        count = min(256, -(-(rows + held) // room))
        # Keys are the digits of a hash, so that parts of equal width have about as many rows.
        edges = [f"{65536 * number // count:04x}" for number in range(1, count)]
        return [
            " and ".join(
                [f"{{0}} >= '{low}'"] * bool(low) + [f"{{0}} < '{high}'"] * bool(high) or ["true"],
            )
            for low, high in zip(["", *edges], [*edges, ""], strict=True)
        ]

    def _deletes(self, pull: Pull) -> Iterator[pa.RecordBatch]:
        query = "select _record_key, _subject_key from gone order by _record_key"
        position = pull.next_position
        for batch in self._duckdb.execute(query).to_arrow_reader(_BATCH):
            rows = batch.num_rows
            columns = {
                "_record_key": batch["_record_key"],
                "_operation": pa.repeat(pa.scalar("delete"), rows),
                "_subject_key": batch["_subject_key"],
                "_pull_id": pa.repeat(pa.scalar(pull.pull_id), rows),
                "_position": pa.array(range(position, position + rows), pa.int64()),
                "_ingested_at": pa.repeat(pa.scalar(times.now(), ENVELOPE.field("_ingested_at").type), rows),
            }
            position += rows
            yield pa.RecordBatch.from_arrays(
                [columns.get(field.name, pa.nulls(rows, field.type)) for field in BRONZE_FILE], schema=BRONZE_FILE
            )

    def _register(self, staged: Path | None, files: list[str]) -> None:
        db = self._duckdb
        db.execute("create table gone (_record_key varchar, _subject_key varchar)")
        if staged:
            db.execute(f"create view staged as select * from read_parquet({_list([str(staged)])})")
        else:
            db.register("no_rows", ENVELOPE.empty_table())
            db.execute("create view staged as select * from no_rows")
        order = pa.table({"_pull_id": list(self._sequences), "sequence": list(self._sequences.values())})
        db.register("order_of_pulls", order.cast(pa.schema([("_pull_id", pa.string()), ("sequence", pa.int64())])))
        if files and bucket.is_in_bucket(files[0]):
            db.register("held_files", delta.dataset(files))
        elif files:
            db.execute(f"create view held_files as select * from read_parquet({_list(files)})")

    def _has_twins(self, rows: int) -> bool:
        """True where two staged rows share a key (judged by 64 bits of a mix: a false alarm only costs time)."""
        if rows < 2 or self._staged is None:
            return False
        bits = np.empty(rows, np.uint64)
        filled = 0
        for batch in _read(self._staged, _BATCH, ["_record_key"]):
            bits[filled : filled + batch.num_rows] = _mixed(batch["_record_key"])
            filled += batch.num_rows
        bits.sort()
        return bool((bits[1:] == bits[:-1]).any())

    def _find_held(self, any_files: bool, gone: DeleteScope, keys: str) -> None:
        """Table `held`: the newest version of each key that is staged, or that may be gone."""
        if not any_files:
            self._duckdb.execute(
                "create table held (_record_key varchar, _document_hash varchar, _operation varchar, "
                "_record_at timestamptz, _subject_key varchar)"
            )
            return
        mine = keys.format("_record_key")
        candidates = f"select _record_key from staged where {mine}"
        if EVERYTHING in gone.parts:
            candidates = ""
        elif gone.parts:
            candidates += f" union select _record_key from held_files where {_within(gone)} and {mine}"
        self._duckdb.execute(f"""
            create table held as
            with newest as (
                select
                    h._record_key,
                    arg_max({{
                        '_document_hash': h._document_hash, '_operation': h._operation,
                        '_record_at': h._record_at, '_subject_key': h._subject_key
                    }}, (o.sequence, h._position)) as version
                from held_files as h
                join order_of_pulls as o using (_pull_id)
                where {keys.format("h._record_key")} {f"and h._record_key in ({candidates})" if candidates else ""}
                group by all
            )
            select _record_key, version.* from newest
        """)

    def _find_fresh(self, keys: str, each_once: bool) -> None:
        """Mark the staged rows that differ from the version before them, in this pull or held.

        Where a key may be staged once only, mark also those that another one replaces.
        """
        query = f"""
            with compared as (
                select
                    s._record_key,
                    s._position,
                    s._document_hash,
                    lag(s._document_hash) over (partition by s._record_key order by s._position) as staged_before,
                    case when h._operation = 'upsert' then h._document_hash end as held
                from (
                    select _record_key, _document_hash, _position from staged where {keys.format("_record_key")}
                ) as s
                left join held as h using (_record_key)
            )
            select _position, false as is_twin
            from compared
            where _document_hash is distinct from coalesce(staged_before, held)
        """
        if each_once:
            query = f"""
                with compared as (
                    select s._record_key, s._position, s._document_hash,
                        case when h._operation = 'upsert' then h._document_hash end as held
                    from (
                        select _record_key, _document_hash, _position from staged where {keys.format("_record_key")}
                    ) as s
                    left join held as h using (_record_key)
                ),

                chosen as (
                    select
                        _record_key,
                        arg_max(
                            {{'position': _position, 'hash': _document_hash}},
                            (coalesce(_document_hash = held, false), _position)
                        ) as one
                    from compared
                    group by _record_key
                )

                select c._position, c._position != chosen.one.position as is_twin
                from compared as c
                join chosen using (_record_key)
                where
                    (c._position = chosen.one.position and c._document_hash is distinct from c.held)
                    or c._document_hash != chosen.one.hash
            """
        for batch in self._duckdb.execute(query).to_arrow_reader(_BATCH):
            places = batch["_position"].to_numpy() - self._first
            twins = batch["is_twin"].to_numpy(zero_copy_only=False)
            self._is_fresh[places[~twins]] = True
            self._is_twin[places[twins]] = True

    def _find_gone(self, gone: DeleteScope, keys: str) -> None:
        """Add to `gone`: live records whose newest version lies in the stated parts, and which were not staged."""
        self._duckdb.execute(f"""
            insert into gone
            select h._record_key, h._subject_key
            from held as h
            anti join (select _record_key from staged where {keys.format("_record_key")}) as s using (_record_key)
            where h._operation = 'upsert' and {_within(gone)}
        """)
        if gone.still_there is None or not (missing := self._keys_of("gone")):
            return
        if found := gone.still_there(missing):
            self._duckdb.register("found_again", pa.table({"_record_key": pa.array(sorted(found), pa.string())}))
            self._duckdb.execute("delete from gone where _record_key in (select _record_key from found_again)")

    def _keys_of(self, table: str) -> set[str]:
        found = self._duckdb.execute(f"select _record_key from {table}").fetchall()
        return {key for (key,) in found}

    def _count(self, table: str) -> int:
        row: Any = self._duckdb.execute(f"select count(*) from {table}").fetchone()
        return int(row[0])


def _read(path: Path, rows: int, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """A parquet file a row group at a time: what Arrow reads ahead of a whole column would not fit."""
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
        for number in range(file.num_row_groups):
            yield from file.iter_batches(rows, row_groups=[number], columns=columns)


_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)


def _mixed(keys: pa.StringArray) -> Any:
    """64 bits of each key of 32 hexadecimal digits: its four words, each times an odd number, added up."""
    start = keys.offset * _KEY_BYTES
    text = np.frombuffer(keys.buffers()[2], np.uint8)[start : start + len(keys) * _KEY_BYTES]
    return (text.view(np.uint64).reshape(len(keys), 4) * _ODD).sum(axis=1, dtype=np.uint64)


def newest_sequences(
    environment: Environment, feed: Feed, keys: pa.ChunkedArray, sequences: dict[str, int]
) -> dict[str, int]:
    """Of records with these keys that are held, the sequence of the pull that brought the newest version."""
    newest: dict[str, int] = {}
    uri = environment.bronze(feed.system, feed.entity)
    table = delta.opened(uri)
    for path in delta.paths(table, source=feed.source) if table else []:
        for batch in delta.open_parquet(path).iter_batches(columns=["_record_key", "_pull_id"]):
            for row in batch.filter(pc.is_in(batch["_record_key"], keys.combine_chunks())).to_pylist():
                sequence = sequences.get(row["_pull_id"], 0)
                newest[row["_record_key"]] = max(sequence, newest.get(row["_record_key"], 0))
    return newest


def _conform(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        table = pa.Table.from_batches([batch]).select(BRONZE_FILE.names)
        yield from table.cast(BRONZE_FILE).to_batches()


def _within(gone: DeleteScope) -> str:
    """The condition that `_record_at` lies in one of the stated days, days in a row taken together."""
    if EVERYTHING in gone.parts:
        return "true"
    zone = ZoneInfo(gone.time_zone)
    days = sorted(date.fromisoformat(part) for part in gone.parts)
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and day == runs[-1][1]:
            runs[-1] = (runs[-1][0], day + timedelta(days=1))
        else:
            runs.append((day, day + timedelta(days=1)))

    def moment(day: date) -> str:
        return f"timestamptz '{datetime(day.year, day.month, day.day, tzinfo=zone).isoformat()}'"

    return "(" + " or ".join(f"_record_at >= {moment(a)} and _record_at < {moment(b)}" for a, b in runs) + ")"


def _list(paths: Iterable[str]) -> str:
    return "[" + ", ".join("'" + path.replace("'", "''") + "'" for path in paths) + "]"
