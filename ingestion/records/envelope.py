"""From a source's records to bronze's envelope: keys, hashes and documents, whole batches at a time.

Tables of text are worked on by DuckDB, in memory bounds of its own, which hashes and writes JSON on all cores.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion import duckdb_engine, times
from ingestion.lake.schemas import ENVELOPE, UTC
from ingestion.pulls import Feed
from ingestion.records import contracts
from ingestion.records.contracts import Contract
from ingestion.records.subjects import subject_keys
from ingestion.records.text_rows import LINE

if TYPE_CHECKING:
    import duckdb

BATCH = 16_384


def _utc(source: str) -> str:
    return "UTC"


@dataclass(frozen=True)
class RecordShape:
    """What an entity declares of its records.

    `natural_key` names the fields that identify a record; where `numbered`, the n-th record with the same
    values is a record of its own. `record_at` names a local time in the zone that `time_zone` gives for a
    source, or UTC where it gives none. `subject` names the field with the mail or number of the person that
    the record is about. Of documents, `volatile` fields may differ without making a new version, and numbers under
    names that `exact` matches are read as money or quantities: one that no engine can read exactly makes its record
    unusable.
    """

    contract: type[Contract]
    natural_key: tuple[str, ...]
    numbered: bool = False
    record_at: str | None = None
    time_zone: Callable[[str], str | None] = _utc
    subject: str | None = None
    volatile: tuple[str, ...] = ()
    exact: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Origin:
    """Where a group's `_file`-th file lies in the archive, and the position of its first line in the pull."""

    raw_uri: str
    position: int


@dataclass(frozen=True)
class Unusable:
    """A record that broke its contract."""

    file: int
    line: int
    rule: str
    field: str
    reason: str
    document: str


PREPARED = pa.schema(
    [(name, pa.string()) for name in ("_record_key", "_document_hash", "recorded_at", "person", "place", "_document")]
)
"""Records with their keys and hashes: what a reader of documents hands over."""


class EnvelopeWriter:
    """Wraps the records of one pull."""

    def __init__(
        self,
        feed: Feed,
        pull_id: str,
        started_at: datetime,
        shape: RecordShape,
        key: bytes,
        realm: str,
        scratch: Path,
        memory: str,
    ) -> None:
        self._feed = feed
        self._pull_id = pull_id
        self._pulldate = started_at.date()
        self._shape = shape
        self._key = key
        self._realm = realm
        self._memory = memory
        self._scratch = scratch

    @cached_property
    def _duckdb(self) -> "duckdb.DuckDBPyConnection":
        return duckdb_engine.connect(self._memory, self._scratch)

    def close(self) -> None:
        """Give DuckDB's memory back."""
        if "_duckdb" in self.__dict__:
            self._duckdb.close()

    def from_lines(
        self, columns: list[str], lines: pa.Table | pa.RecordBatchReader, origins: Mapping[int, Origin]
    ) -> Iterator[pa.Table | Unusable]:
        """Envelope batches of the usable records of some files with the same header, and what is unusable.

        `lines` has the text columns `c0`, `c1`, …, `_line` and `_file`. Numbering is by file, in the order of
        lines, and counts unusable records too, so that mending one later moves no other.
        """
        self._duckdb.register("lines", lines)
        for batch in self._duckdb.execute(self._query(columns)).to_arrow_reader(BATCH):
            table = pa.Table.from_batches([batch])
            doubtful = pc.indices_nonzero(pc.invert(table["usable"])).to_pylist()
            if doubtful:
                unusable = []
                for index in doubtful:
                    row = table.slice(index, 1).to_pylist()[0]
                    broken = contracts.explain(self._shape.contract, json.loads(row["_document"]))
                    if broken is not None:
                        unusable.append(index)
                        yield Unusable(row["_file"], row[LINE], *broken, row["_document"])
                kept = sorted(set(range(table.num_rows)).difference(unusable))
                table = table.take(pa.array(kept, pa.int64()))
            if table.num_rows:
                yield self._wrap(table, origins)

    def _query(self, columns: list[str]) -> str:
        place = {name: f"c{number}" for number, name in enumerate(columns)}

        def quote(name: str) -> str:
            return place.get(name, "cast('' as varchar)")

        # Sorted, so that one text serves as the document and as what is hashed.
        fields = ", ".join(f"{_text(name)}, {place[name]}" for name in sorted(columns))
        document = f"json_object({fields})::varchar"
        shape = self._shape
        feed = f"{_text(self._feed.source)}, {_text(self._feed.entity)}"
        key = ", ".join(quote(name) for name in shape.natural_key)
        number = f", row_number() over (partition by _file, {key} order by {LINE})" if shape.numbered else ""
        record_at = f"try_cast({quote(shape.record_at)} as timestamp)" if shape.record_at else "null::timestamp"
        subject = quote(shape.subject) if shape.subject else "null::varchar"
        return f"""
            select
                _file, {LINE},
                left(sha256(json_array({feed}, {key}{number})::varchar), 32)
                    as _record_key,
                left(sha256({document}), 32) as _document_hash,
                {record_at} as recorded_at,
                {subject} as person,
                {document} as _document,
                {contracts.condition(shape.contract, quote)} as usable
            from lines
        """

    def _wrap(self, table: pa.Table, origins: Mapping[int, Origin]) -> pa.Table:
        files, lines = table["_file"], table[LINE]
        numbers = range(max(origins) + 1)
        uris = pa.array([f"{origins[n].raw_uri}#line=" if n in origins else "" for n in numbers], pa.string())
        starts = pa.array([origins[n].position if n in origins else 0 for n in numbers], pa.int64())
        return self._envelope(
            table.num_rows,
            key=table["_record_key"],
            document_hash=table["_document_hash"],
            record_at=self._as_utc(table["recorded_at"]),
            subject=subject_keys(self._key, self._realm, table["person"]),
            position=pc.add(starts.take(files.combine_chunks()), lines.combine_chunks()),
            uri=pc.binary_join_element_wise(
                uris.take(files.combine_chunks()), lines.combine_chunks().cast("string"), ""
            ),
            document=table["_document"],
        )

    def _as_utc(self, local: pa.Array | pa.ChunkedArray) -> pa.Array:
        """The UTC times of local ones, worked out once for each that is different: zones are slow."""
        coded = (local.combine_chunks() if isinstance(local, pa.ChunkedArray) else local).dictionary_encode()
        zone = self._shape.time_zone(self._feed.source) or "UTC"
        instants = pc.assume_timezone(coded.dictionary, zone, ambiguous="earliest", nonexistent="latest")
        return instants.cast(UTC).take(coded.indices)

    def from_documents(
        self, documents: Iterable[tuple[int, dict[str, Any]]], origin: Origin, file: int
    ) -> Iterator[pa.Table | Unusable]:
        """The same for a few documents with the line each began on; numbers in them stay the text they were."""
        good: list[tuple[int, int, dict[str, Any]]] = []
        # Several documents may begin on one line, so that a line is no position.
        for place, (line, document) in enumerate(documents):
            broken = contracts.explain(self._shape.contract, document)
            if broken is None:
                good.append((place, line, document))
            else:
                yield Unusable(file, line, *broken, to_json(document))
        if good:
            source, entity = self._feed.source, self._feed.entity
            keys = [[source, entity, *(document[name] for name in self._shape.natural_key)] for _, _, document in good]
            yield self._envelope(
                len(good),
                key=pa.array([digest(to_json(key).encode()) for key in keys], pa.string()),
                document_hash=pa.array(
                    [digest(to_json(document, sort=True).encode()) for _, _, document in good], pa.string()
                ),
                record_at=pa.nulls(len(good), ENVELOPE.field("_record_at").type),
                subject=pa.nulls(len(good), pa.string()),
                position=pa.array([origin.position + place for place, _, _ in good], pa.int64()),
                uri=pa.array([f"{origin.raw_uri}#line={line}" for _, line, _ in good], pa.string()),
                document=pa.array([to_json(document) for _, _, document in good], pa.string()),
            )

    def from_prepared(self, batch: pa.RecordBatch, uri: str, position: int) -> pa.Table:
        """The envelope of prepared records, the first of which is at `position`."""
        return self._envelope(
            batch.num_rows,
            key=batch["_record_key"],
            document_hash=batch["_document_hash"],
            record_at=self._as_utc(batch["recorded_at"].cast(pa.timestamp("us"))),
            subject=subject_keys(self._key, self._realm, batch["person"]),
            position=pa.array(range(position, position + batch.num_rows), pa.int64()),
            uri=pc.binary_join_element_wise(uri, batch["place"], ""),
            document=batch["_document"],
        )

    def _envelope(
        self,
        rows: int,
        *,
        key: pa.ChunkedArray,
        document_hash: pa.ChunkedArray,
        record_at: pa.ChunkedArray,
        subject: pa.Array,
        position: pa.Array,
        uri: pa.Array,
        document: pa.ChunkedArray,
    ) -> pa.Table:
        columns = {
            "source": pa.repeat(pa.scalar(self._feed.source), rows),
            "pulldate": pa.repeat(pa.scalar(self._pulldate, pa.date32()), rows),
            "_record_key": key,
            "_document_hash": document_hash,
            "_operation": pa.repeat(pa.scalar("upsert"), rows),
            "_record_at": record_at,
            "_subject_key": subject,
            "_pull_id": pa.repeat(pa.scalar(self._pull_id), rows),
            "_position": position,
            "_ingested_at": pa.repeat(pa.scalar(times.now(), ENVELOPE.field("_ingested_at").type), rows),
            "_source_uri": uri,
            "_document": document,
        }
        return pa.Table.from_arrays(list(columns.values()), schema=ENVELOPE)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def to_json(value: Any, *, sort: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort)


def digest(data: bytes) -> str:
    """What keys and hashes are: the first 128 bits of SHA-256, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()[:32]
