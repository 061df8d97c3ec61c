"""Systems that drop files into a folder: what is there, what is new, what it states, what must wait.

Files are known by their content. A file states the *parts* of its source that it holds (the days found in it,
or everything): what it does not repeat of them is gone. So files that state the same part go into pulls of
their own, in the order in which they came.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from ingestion import duckdb_engine, sources, times
from ingestion.environment import Environment
from ingestion.errors import Refused
from ingestion.extract.base.candidate import Candidate
from ingestion.extract.base.parallel import in_order
from ingestion.extract.files.file_history import Past
from ingestion.extract.files.overlap import Look, Overlap, in_common
from ingestion.extract.formats.unpack import unpack
from ingestion.lake import raw
from ingestion.lake.raw import Content
from ingestion.load.ledger import Statement
from ingestion.load.quarantine import Quarantine
from ingestion.pulls import EVERYTHING, Bounds, DeleteScope, Item, ItemStatus, Pull, Reject, Scope
from ingestion.records import contracts
from ingestion.records.envelope import EnvelopeWriter, Origin, RecordShape, Unusable, to_json
from ingestion.records.json_documents import UnusableDocument
from ingestion.records.spool import Spool
from ingestion.records.text_rows import LINE, BadLine, Documents, Lines, lookalike

GROUP = 32_768
_FLUSHES_TO_GIVE_BACK = 3
"""After each group it would cost a sixth of landing's time; after each eighth, ten times the lines took 50 MB more."""
_READ_AHEAD = 3 << 20
"""So many bytes of small files are read while a group is worked on: as much as makes the next one."""
SETTLE_SECONDS = 1.0
MIN_IN_COMMON = 0.5
"""A correction repeats at least this share of the smaller one's keys."""
_HEAD = 1 << 16


class _NotOfThis(Exception):
    """The file is of another entity."""


class Reader(Protocol):
    """Reads a file of a kind: its columns and lines. Raises Refused."""

    def __call__(self, content: Content, required: list[str], scratch: Path) -> "Lines | Documents | Records": ...


@dataclass
class Records:
    """The records of a file of any size with their keys and hashes, and those that broke a rule."""

    spool: Spool
    unfit: list[UnusableDocument] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True)
class FileEntity:
    """An entity that comes in files.

    `recognises` tells from a file's first bytes whether it is of this entity. `part` names the field whose
    first ten characters are the day that a record belongs to; without it a file of scope `full` states
    everything. Held are a file with less than 1 - `shrink_limit` of the records that its predecessors had for the
    same parts, one that has little of a part in common with the file that stated it before, and one of scope `full`
    that is older than its predecessor. `newest` names the day by which that is told.
    """

    system: str
    entity: str
    scope: Scope
    shape: RecordShape
    recognises: Callable[[bytes], bool]
    read: Reader
    part: str | None = None
    shrink_limit: float = 0.5
    newest: str | None = None


@dataclass
class _Examined:
    item: Item
    is_dated: bool = True
    lines: Lines | None = None
    documents: Documents | None = None
    records: Records | None = None
    reject: Reject | None = None

    def discard(self) -> None:
        """Give back what was read of it."""
        if self.lines:
            self.lines.discard()
        if self.records:
            self.records.spool.discard()
        self.lines = self.documents = self.records = None


def listing(folder: Path) -> list[Candidate]:
    """The files of a drop folder in the order in which they came (time of change, then name).

    Hidden files and folders are left alone. What is no regular file is never opened. A file that changes
    within a second is still growing.
    """
    found = [
        _candidate(path)
        for path in folder.iterdir()
        if not path.name.startswith((".", "~$")) and not stat.S_ISDIR(path.lstat().st_mode)
    ]
    young = [file for file in found if abs(time.time() - file.modified_at.timestamp()) < SETTLE_SECONDS]
    if young:
        time.sleep(SETTLE_SECONDS)
        for file in young:
            if file.problem is None and _candidate(file.path) != file:
                file.problem = "the file is still growing"
    return sorted(found, key=lambda file: (file.modified_at, file.name))


def _candidate(path: Path) -> Candidate:
    # A name in another encoding is named by its bytes.
    name = os.fsencode(path.name).decode(errors="backslashreplace")
    try:
        about = path.lstat()
    except FileNotFoundError:
        return Candidate(name, path, 0, times.now(), "the file went away while it was looked at")
    problem = None if stat.S_ISREG(about.st_mode) else "it is no regular file (a link, a pipe or a device)"
    return Candidate(name, path, about.st_size, times.from_timestamp(about.st_mtime), problem)


@dataclass
class FileExtraction:
    """Reads candidates into a pull: yields envelope tables, fills the pull's items, rejects and counts.

    `past` is what the ledger says of the feed. Where files are read again from the archive, `said_at` is the
    sequence of the pull that read each content last; they come newest first where they state parts.
    Of parts that this pull has stated (`_taken`, with the content that did so last) or leaves to another (`_left`),
    it takes nothing that is newer.
    After `batches` is exhausted, `deferred` tells whether files wait for a pull of their own, and `gone`
    where records may be missing.
    """

    entity: FileEntity
    pull: Pull
    environment: Environment
    scratch: Path
    subject_key: bytes
    memory: str
    past: Past
    candidates: list[Candidate]
    said_at: Mapping[str, int] | None = None
    bounds: Bounds = field(default_factory=Bounds)
    workers: int = 2
    others: tuple[FileEntity, ...] = ()
    is_default: bool = True
    progress: Callable[[Item], None] = lambda item: None
    rereads: list[tuple[str, str]] = field(default_factory=list)
    deferred: int = 0
    problem: str | None = None
    _taken: dict[str, str | None] = field(default_factory=dict)
    _left: set[str] = field(default_factory=set)
    _hashes: set[str] = field(default_factory=set)
    _overtaken: set[str] = field(default_factory=set)

    def batches(self) -> Iterator[pa.Table]:
        """Envelope tables of all that is new in the candidates."""
        writer = EnvelopeWriter(
            self.pull.feed,
            self.pull.pull_id,
            self.pull.started_at,
            self.entity.shape,
            self.subject_key,
            sources.realm(self.environment.sources, self.pull.feed.system, self.pull.feed.source),
            self.scratch,
            self.memory,
        )
        group = _Group(self, writer)
        try:
            for examined in self._examine_all():
                if not self._takes(examined):
                    examined.discard()
                    continue
                item = examined.item
                if examined.reject:
                    self.pull.refuse(examined.reject)
                self.pull.add(item)
                if examined.lines is not None:
                    yield from group.add(item, examined.lines)
                elif examined.documents is not None:
                    yield from group.add_documents(item, examined.documents)
                elif examined.records is not None:
                    yield from group.add_records(item, examined.records)
                self.progress(item)
            yield from group.flush()
        finally:
            writer.close()
            self._overlap.close()
        if self.pull.counts.items_read and self.entity.shape.time_zone(self.pull.feed.source) is None:
            self.pull.notes.append("its times are taken for UTC: no row of seeds/stores.csv names its time zone")
        self._note_incomplete()

    @property
    def delete_scope(self) -> DeleteScope:
        """The parts that were stated completely: held records of them that did not come again are gone."""
        whole = [item for item in self.pull.items if item.status == "read" and not item.records_quarantined]
        whole = whole if self.past.states else []
        parts = frozenset(part for item in whole for part in item.parts)
        return DeleteScope(parts, self.entity.shape.time_zone(self.pull.feed.source) or "UTC")

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """First and last stated day of the files that were read, as UTC midnights."""
        read = [item for item in self.pull.items if item.status == "read"]
        days = sorted(part for item in read for part in item.parts if part != EVERYTHING)
        if not days:
            return None, None
        first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (days[0], days[-1]))
        return first, last

    @property
    def replays(self) -> list[tuple[str, str]]:
        """The items of earlier pulls whose refused records were read again, or that newer files have replaced."""
        again = {item.content_hash for item in self.pull.items if item.status in ("read", "refused")} | self._overtaken
        replaced = self.past.replaced(self.pull.items if self.said_at is None else ())
        closed = Quarantine(self.environment).replayed() if replaced else set()
        return list(dict.fromkeys([*(item for item in self.rereads if item[1] in again), *sorted(replaced - closed)]))

    # ---------- one file ----------

    def _examine_all(self) -> Iterator[_Examined]:
        found = in_order(
            self._examine,
            self.candidates,
            self.workers,
            self.workers,
            weight=lambda candidate: candidate.size_bytes,
            light=_READ_AHEAD,
        )
        return (examined for examined in found if examined)

    def _examine(self, candidate: Candidate) -> _Examined | None:
        item = Item(candidate.name, "read", size_bytes=candidate.size_bytes, modified_at=candidate.modified_at)
        if candidate.problem:
            item.status, item.reason = "held", candidate.problem
            return _Examined(item)
        try:
            content = candidate.content or raw.read(candidate.path)
            item.content_hash, item.size_bytes = content.content_hash, content.size_bytes
            if self.said_at is None and self.past.knows(content.content_hash):
                item.status, item.reason = self._returns(candidate, content.content_hash)
                if item.status != "read":
                    return _Examined(item)
            if candidate.content is None:
                content = raw.archive(self.environment, self.entity.system, content)
                if _candidate(candidate.path) != candidate:
                    raise OSError("the file changed while it was read")
        except OSError as error:
            if error.errno is not None and not isinstance(error, (PermissionError, FileNotFoundError)):
                raise
            item.status, item.reason = "held", _why_held(error)
            return _Examined(item)
        item.raw_uri = raw.relative(self.entity.system, content.content_hash)
        try:
            return self._parse(item, content, candidate)
        except Refused as refused:
            return _refused(item, refused)

    def _parse(self, item: Item, content: Content, candidate: Candidate) -> _Examined | None:
        try:
            table = self._read(content, self._claims)
        except _NotOfThis:
            return None
        if isinstance(table, Documents):
            item.records_read = len(table.records)
            item.parts = {EVERYTHING: item.records_read} if self.entity.scope == "full" else {}
            return _Examined(item, candidate.is_dated, documents=table)
        if isinstance(table, Records):
            item.records_read = table.count
            item.records_quarantined = len(table.unfit)
            item.parts = {EVERYTHING: table.count}
            return _Examined(item, candidate.is_dated, records=table)
        item.records_read = table.rows + len(table.bad)
        item.records_quarantined = len(table.bad)
        item.parts = self._parts(table)
        expected = {field.alias or name for name, field in self.entity.shape.contract.model_fields.items()}
        new = sorted(set(table.columns) - expected)
        for name in sorted(expected.difference(table.columns)):
            if other := lookalike(name, new):
                table.discard()
                reason = f"the header has '{other}', which differs from '{name}' only by case or blanks: write '{name}'"
                raise Refused("header", reason, field=name)
        item.drift = tuple(new) if self.entity.part else ()
        return _Examined(item, candidate.is_dated, lines=table)

    def _read(self, content: Content, claims: Callable[[bytes], bool]) -> Lines | Documents | Records:
        """What a file holds. Raises Refused, and _NotOfThis where `claims` says so of its first bytes."""
        try:
            plain = unpack(content, self.scratch)
        except Refused:
            if self.is_default:
                raise
            raise _NotOfThis from None
        try:
            with plain.open() as stream:
                if not claims(stream.read(_HEAD)):
                    raise _NotOfThis
            required = contracts.required_fields(self.entity.shape.contract)
            return self.entity.read(plain, required, self.scratch)
        finally:
            if plain is not content and plain.path:
                plain.path.unlink()

    def _claims(self, head: bytes) -> bool:
        """True for a file of this entity; the default entity also answers for files that nobody recognises."""
        if self.entity.recognises(head):
            return True
        return self.is_default and not any(other.recognises(head) for other in self.others)

    def _parts(self, lines: Lines) -> dict[str, int]:
        if self.entity.scope == "full":
            return {EVERYTHING: lines.rows + len(lines.bad)}
        if self.entity.part is None:
            return {}
        column = f"c{lines.columns.index(self.entity.part)}"
        counts: dict[str, int] = {}
        for batch in lines.batches():
            days = pc.utf8_slice_codeunits(batch[column], 0, 10)
            for entry in pc.value_counts(days).to_pylist():
                counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]
        return {day: counts[day] for day in sorted(counts) if _is_day(day)}

    # ---------- whether it is taken ----------

    def _takes(self, examined: _Examined) -> bool:
        """Decide about a file; False leaves it to a later pull without a word in this one."""
        item = examined.item
        if item.status == "seen" and self._is_overtaken(item):
            # Other content of its parts has just been taken: what this file says of them is news again.
            self.deferred += 1
            self._claim(item, self.past.parts(item.content_hash or ""))
            return False
        if item.content_hash in self._hashes and item.status != "held" and self._is_last(item):
            item.status, item.records_read, item.records_quarantined, item.parts = "seen", 0, 0, {}
            examined.discard()
            examined.reject = None
            return True
        if item.status != "read":
            if item.status == "refused":
                self._hashes.add(item.content_hash or "")
            return True
        if not self.bounds.holds(item.parts):
            self._left.update(item.parts)
            return False
        if self.said_at is None and self.past.states and any(part in self._taken for part in item.parts):
            self.deferred += 1
            # What comes after it must not overtake it on its other days.
            self._claim(item, item.parts)
            return False
        if reason := self._overtakes(item) or self._restated(item) or self._doubtful(examined):
            item.status, item.reason, item.records_read, item.records_quarantined, item.parts = "held", reason, 0, 0, {}
            examined.discard()
            return True
        self._claim(item, item.parts)
        self._hashes.add(item.content_hash or "")
        return True

    def _returns(self, candidate: Candidate, content_hash: str) -> tuple[ItemStatus, str | None]:
        """What becomes of content that was done before: news where it came again after what had replaced it."""
        drop = (candidate.name, content_hash, candidate.modified_at)
        replaced = self.past.replaced_by(content_hash)
        if replaced is None or self.past.is_old_drop(*drop):
            return "seen", None
        if self.past.came_after(*drop, replaced) or self._is_accepted(candidate.name, content_hash):
            return "read", None
        if not self.past.states:
            return "seen", None
        return "held", (
            f"its content was read before and '{replaced[1]}' has replaced it, which is younger than this file; "
            f"if this file is to count again: ingest --accept '{candidate.name}'"
        )

    def _claim(self, item: Item, parts: Iterable[str]) -> None:
        self._taken.update(dict.fromkeys(_places(parts), item.content_hash))

    def _is_last(self, item: Item) -> bool:
        """Whether nothing else was taken since of what a file states."""
        return all(self._taken.get(place, item.content_hash) == item.content_hash for place in _places(item.parts))

    def _is_overtaken(self, item: Item) -> bool:
        """Whether a file that was seen is a new drop behind other content of its parts that this pull has taken."""
        assert item.content_hash is not None
        assert item.modified_at is not None
        if self.past.is_old_drop(item.name, item.content_hash, item.modified_at):
            return False
        places = _places(self.past.parts(item.content_hash))
        return any(self._taken.get(place, item.content_hash) != item.content_hash for place in places)

    def _is_accepted(self, name: str, content_hash: str | None) -> bool:
        return not self.bounds.accept.isdisjoint({name, content_hash or name})

    def _overtakes(self, item: Item) -> str | None:
        if self._left.isdisjoint(item.parts):
            return None
        self._left.update(item.parts)
        return "an older file that states one of its days lies outside of the period that was asked for"

    def _restated(self, item: Item) -> str | None:
        if self.said_at is None or not self.past.states:
            return None
        assert item.content_hash is not None
        before, statements = self.said_at[item.content_hash], self.past.statements
        newer = {
            part
            for part in item.parts
            if part in self._taken or (part in statements and statements[part].sequence > before)
        }
        if not newer:
            return None
        if newer == item.parts.keys():
            self._overtaken.add(item.content_hash)
        return "a newer file has stated the same"

    def _doubtful(self, examined: _Examined) -> str | None:
        """Why a person has to say that a file replaces what was stated before; None where it plainly does."""
        item = examined.item
        if self._is_accepted(item.name, item.content_hash):
            return None
        if reason := self._shrank(item):
            return reason
        said = {
            part: statement
            for part in item.parts
            if (statement := self.past.statements.get(part)) and statement.content_hash != item.content_hash
        }
        if not said or self.said_at is not None:
            return None
        if examined.lines is not None:
            return self._has_little_in_common(examined, examined.lines, said)
        return self._is_older(examined, said[EVERYTHING]) if EVERYTHING in said else None

    def _has_little_in_common(self, examined: _Examined, lines: Lines, said: Mapping[str, Statement]) -> str | None:
        mine = self._overlap.look(lines)
        for before in {statement.content_hash: statement for statement in said.values()}.values():
            theirs = self._look_back(before)
            if theirs is None:
                return (
                    f"'{before.name}', which it would replace, cannot be read from the archive any more, so that they "
                    f"were not compared; if it is right: ingest --accept '{examined.item.name}'"
                )
            if mine.newest and theirs.newest and mine.newest < theirs.newest:
                return (
                    f"it ends on {mine.newest} where '{before.name}', which it would replace, goes on to "
                    f"{theirs.newest}; if that is right: ingest --accept '{examined.item.name}'"
                )
            same_end = theirs.newest is None or mine.newest == theirs.newest
            if EVERYTHING in said and same_end and (reason := self._is_older(examined, before)):
                return reason
            for part in sorted(said):
                if said[part].content_hash != before.content_hash or not (part in mine.keys and part in theirs.keys):
                    continue
                if in_common(mine.keys[part], theirs.keys[part]) < MIN_IN_COMMON:
                    return (
                        f"less than half of the keys {f'of {part} ' if part != EVERYTHING else ''}are also in "
                        f"'{before.name}', which it would replace: two halves rather than a correction. If it replaces "
                        f"that file: ingest --accept '{examined.item.name}'; if both count: files_add_up = true for "
                        f"this source in sources.toml"
                    )
        return None

    def _look_back(self, before: Statement) -> Look | None:
        """What an archived file held; None where it cannot be read."""
        if before.content_hash is None:
            return None
        try:
            content = raw.archived(self.environment, self.entity.system, before.content_hash, before.size_bytes or 0)
            table = self._read(content, lambda head: True)
        except (Refused, FileNotFoundError):
            return None
        assert isinstance(table, Lines)
        try:
            return self._overlap.look(table)
        finally:
            table.discard()

    def _is_older(self, examined: _Examined, before: Statement) -> str | None:
        mine, theirs = examined.item.modified_at, before.modified_at
        if not examined.is_dated or mine is None or theirs is None or mine >= theirs:
            return None
        return (
            f"it is older ({mine:%Y-%m-%d %H:%M:%S} UTC) than '{before.name}', which it would replace "
            f"({theirs:%Y-%m-%d %H:%M:%S}); if that is right: ingest --accept '{examined.item.name}'"
        )

    @cached_property
    def _overlap(self) -> Overlap:
        shape = self.entity.shape
        return Overlap(shape.natural_key, self.entity.part, self.entity.newest, self.scratch / "overlap", self.memory)

    def _shrank(self, item: Item) -> str | None:
        before = sum(self.past.statements[part].records for part in item.parts if part in self.past.statements)
        now = sum(item.parts.values())
        if now >= before * (1 - self.entity.shrink_limit):
            return None
        return (
            f"it has {now:,} records where {before:,} were stated before for the same "
            f"{'days' if self.entity.part else 'source'}; if that is right: ingest --accept '{item.name}'"
        )

    def _note_incomplete(self) -> None:
        broken = [i for i in self.pull.items if i.status == "read" and i.records_quarantined and i.parts]
        if broken and self.past.states:
            self.pull.notes.append(f"no deletes for {len(broken)} file(s) with quarantined records")


class _Group:
    """Collects small files with the same header, so that DuckDB gets batches worth its start."""

    def __init__(self, extraction: FileExtraction, writer: EnvelopeWriter) -> None:
        self._extraction = extraction
        self._pull = extraction.pull
        self._writer = writer
        self._columns: list[str] = []
        self._flushes = 0
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0
        self._items: list[Item] = []
        self._origins: dict[int, Origin] = {}

    def add(self, item: Item, lines: Lines) -> Iterator[pa.Table]:
        for bad in lines.bad:
            self._pull.refuse(_reject(item, bad))
        if lines.columns != self._columns or lines.is_large or self._rows + lines.rows > GROUP:
            yield from self.flush()
            self._columns = lines.columns
        number = self._start(item)
        last = 1
        if lines.is_large:
            self._origins[number] = self._origin(item)
            schema = lines.schema.append(pa.field("_file", pa.int32()))
            stream = pa.RecordBatchReader.from_batches(schema, (_numbered(b, number) for b in lines.batches()))
            yield from self._write(stream)
            last = sum(1 for _ in lines.batches()) and max(pc.max(b[LINE]).as_py() for b in lines.batches())
            lines.discard()
            self._reset()
        else:
            self._origins[number] = self._origin(item)
            for batch in lines.batches():
                self._batches.append(_numbered(batch, number))
                last = max(last, pc.max(batch[LINE]).as_py() or 0)
            self._rows += lines.rows
        self._pull.next_position += last + 1
        if self._rows >= GROUP:
            yield from self.flush()

    def add_documents(self, item: Item, documents: Documents) -> Iterator[pa.Table]:
        yield from self.flush()
        number = self._start(item)
        yield from self._keep(self._writer.from_documents(documents.records, self._origin(item), number))
        self._pull.next_position += len(documents.records)
        self._reset()

    def add_records(self, item: Item, records: Records) -> Iterator[pa.Table]:
        yield from self.flush()
        for unfit in records.unfit:
            self._pull.refuse(
                Reject(
                    rule=unfit.rule,
                    field=unfit.field,
                    reason=f"{item.name}, record {unfit.place}: {unfit.reason}",
                    document=unfit.document,
                    source_uri=f"{item.raw_uri}#record={unfit.place}",
                    content_hash=item.content_hash,
                )
            )
        for batch in records.spool.batches():
            yield self._writer.from_prepared(batch, f"{item.raw_uri}#record=", self._pull.next_position)
            self._pull.next_position += batch.num_rows
        records.spool.discard()

    def flush(self) -> Iterator[pa.Table]:
        if self._rows:
            yield from self._write(pa.Table.from_batches(self._batches))
        self._reset()
        self._flushes += 1
        if self._flushes % _FLUSHES_TO_GIVE_BACK == 0:
            duckdb_engine.release_memory()

    def _write(self, lines: pa.Table | pa.RecordBatchReader) -> Iterator[pa.Table]:
        yield from self._keep(self._writer.from_lines(self._columns, lines, self._origins))

    def _keep(self, results: Iterator[pa.Table | Unusable]) -> Iterator[pa.Table]:
        for result in results:
            if isinstance(result, pa.Table):
                yield result
                continue
            item = self._items[result.file]
            item.records_quarantined += 1
            bad = BadLine(result.line, result.rule, result.reason, result.document, result.field)
            self._pull.refuse(_reject(item, bad, document=result.document))

    def _start(self, item: Item) -> int:
        self._items.append(item)
        return len(self._items) - 1

    def _origin(self, item: Item) -> Origin:
        return Origin(item.raw_uri or "", self._pull.next_position)

    def _reset(self) -> None:
        self._batches, self._rows, self._items, self._origins = [], 0, [], {}


def _places(parts: Iterable[str]) -> tuple[str, ...]:
    """The parts of a file; one place for all files where they state none."""
    return tuple(parts) or ("",)


def _numbered(batch: pa.RecordBatch, number: int) -> pa.RecordBatch:
    return batch.append_column(pa.field("_file", pa.int32()), pa.repeat(pa.scalar(number, pa.int32()), batch.num_rows))


def _reject(item: Item, bad: BadLine, document: str | None = None) -> Reject:
    return Reject(
        rule=bad.rule,
        field=bad.field,
        reason=f"{item.name}, line {bad.line}: {bad.reason}",
        document=document or to_json({"line": bad.line, "text": bad.text}),
        source_uri=f"{item.raw_uri}#line={bad.line}",
        content_hash=item.content_hash,
    )


def _refused(item: Item, refused: Refused) -> _Examined:
    item.status, item.reason, item.records_read, item.records_quarantined = "refused", refused.reason, 1, 1
    place = f", line {refused.line}" if refused.line else ""
    reject = Reject(
        rule=refused.rule,
        field=refused.field,
        reason=f"{item.name}{place}: {refused.reason}",
        document=to_json({"file": item.name, "raw": item.raw_uri}),
        source_uri=item.raw_uri or "",
        content_hash=item.content_hash,
    )
    return _Examined(item, reject=reject)


def _why_held(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "it may not be read (no permission)"
    if isinstance(error, FileNotFoundError):
        return "the file went away while it was read"
    return "the file is still growing"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except (TypeError, ValueError):
        return False
