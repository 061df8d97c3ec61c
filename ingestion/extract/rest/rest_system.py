"""Systems with a REST API whose lists are searched by time of change: windows in, records out."""

import json
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from ingestion import duckdb_engine, sources
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.extract.base.jobs import Context, Job
from ingestion.extract.base.parallel import in_order
from ingestion.extract.base.windows import Window, due, weeks
from ingestion.extract.http.client import Client, Fault, NoSuchAddress, RetryPolicy, authentication
from ingestion.extract.rest.pages import UNDATED, Listing, PageReader, Reading
from ingestion.lake import raw
from ingestion.lake.raw import Content
from ingestion.pulls import EVERYTHING, DeleteScope, Feed, Item, Pull, Reject, Scope
from ingestion.records.envelope import PREPARED, EnvelopeWriter, RecordShape
from ingestion.records.json_documents import DocumentReader, UnusableDocument
from ingestion.records.spool import Spool
from ingestion.sources import RestSource

Answered = TypeVar("Answered")
PAGE_SIZE = 300
IN_MEMORY = 8 << 20
_READINGS_TO_GIVE_BACK = 8
MANY_WINDOWS = 8
MANY_RECORDS = 5_000
"""Where it takes that many windows to read a list that long, other processes help: to start them costs a second."""
_WHOLE = "everything"
_AHEAD = "ahead of the clock"
_SKEW = timedelta(minutes=5)
"""Clocks that differ by no more than this are not told about."""
_GAP = timedelta(days=366)
_MAX_GAPS = 8
"""Stretches without a record that are longer are read as one window each, as many as this."""
_READINGS = 3
"""Of a whole list, where records of it that are held did not come."""
REPLAYED = "quarantine"
"""Names of items that are no windows."""


@dataclass(frozen=True)
class RestEntity:
    """An entity that an API lists. Of scope `window` by its time of change, with `overlap`; of scope `full` whole.

    A whole list with less than 1 - `shrink_limit` of the records that it had before is held.
    """

    system: str
    entity: str
    scope: Scope
    shape: RecordShape
    listing: Listing
    overlap: timedelta = timedelta(hours=1)
    shrink_limit: float = 0.5


@dataclass(frozen=True)
class RestSystem:
    """A system with an API; its sources are declared. `root` leads from a source's address to its lists."""

    name: str
    entities: tuple[RestEntity, ...]
    root: str
    fresh_within_days: int = 1
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)

    def jobs(self, context: Context, source: str | None, folder: Path | None) -> Iterator["RestJob"]:
        """A job for each entity of each source that is declared."""
        declared = sources.read(context.environment.sources, self.name, RestSource, source)
        for name in declared if folder is None else ():
            left_out = self._left_out(context.environment, name, declared[name])
            for entity in self.entities:
                if entity.entity not in left_out:
                    yield RestJob(context, self, entity, name, declared[name])

    def _left_out(self, environment: Environment, name: str, source: RestSource) -> tuple[str, ...]:
        known = [entity.entity for entity in self.entities]
        if unknown := [entity for entity in source.without if entity not in known]:
            raise StorelakeError(
                f"{environment.sources.name}: [{self.name}.{name}] without: there is no entity '{unknown[0]}'. "
                f"Known are: {', '.join(known)}."
            )
        return source.without

    def replays(self, context: Context, source: str | None) -> Iterable[Job]:
        """A job for each feed of which records are in quarantine."""
        from ingestion.extract.rest import replay  # noqa: PLC0415

        return replay.jobs(self.jobs(context, source, None), context)


@dataclass(frozen=True)
class RestJob:
    """One entity of one source."""

    context: Context
    system: RestSystem
    entity: RestEntity
    name: str
    source: RestSource

    @property
    def feed(self) -> Feed:
        """What is pulled."""
        return Feed(self.system.name, self.name, self.entity.entity)

    @property
    def scope(self) -> Scope:
        """What a pull of it says of what it does not hold."""
        return self.entity.scope

    def extraction(self, pull: Pull, scratch: Path) -> "RestExtraction":
        """Reads what the ledger does not have yet."""
        return RestExtraction(self, pull, scratch)

    def reader_config(self, scratch: Path) -> "ReaderConfig":
        """Where it is read."""
        environment = self.context.environment
        # What the environment's variables are can be read, but not always sent.
        environment = replace(environment, variables=dict(environment.variables))
        system = self.system
        return ReaderConfig(
            environment,
            system.name,
            system.root,
            system.retry_policy,
            self.entity,
            self.name,
            self.source,
            self.context.workers,
            scratch,
        )


@dataclass(frozen=True)
class ReaderConfig:
    """Where one list of one source is read: by the run itself, or by a process beside it."""

    environment: Environment
    system: str
    root: str
    retry_policy: RetryPolicy
    entity: RestEntity
    name: str
    source: RestSource
    connections: int
    scratch: Path
    is_beside: bool = False

    def client(self) -> Client:
        """Asks the source."""
        signed = authentication(self.environment, self.source.secret)
        return Client(f"{self.system}/{self.name}", signed, self.retry_policy, self.connections)

    def documents(self) -> DocumentReader:
        """Prepares what comes."""
        return DocumentReader(Feed(self.system, self.name, self.entity.entity), self.entity.shape, self._keep)

    def pages(self, client: Client, documents: DocumentReader) -> PageReader:
        """Reads windows."""
        source, listing = self.source, self.entity.listing
        size = source.page_size or PAGE_SIZE
        return PageReader(client, self.url, listing, source.store_ids, size, documents, self._spool)

    def _spool(self) -> Spool:
        # A file is the shortest way from one process to another.
        in_memory, compression = (0, None) if self.is_beside else (IN_MEMORY, "lz4")
        return Spool(PREPARED, self.scratch, in_memory, compression)

    @property
    def url(self) -> str:
        """The list's address."""
        root = self.root.format(store_code=self.source.store_code)
        return f"{self.source.url}/{root}/{self.entity.listing.path}"

    def _keep(self, body: bytes) -> str:
        content = Content.of(body)
        raw.archive(self.environment, self.system, content)
        return raw.relative(self.system, content.content_hash)


@lru_cache(maxsize=2)
def _opened(reader_config: ReaderConfig) -> tuple[Client, PageReader]:
    client = reader_config.client()
    return client, reader_config.pages(client, reader_config.documents())


def _read_beside(reader_config: ReaderConfig, window: Window | None) -> tuple[Reading, int, int]:
    """A window, read by whichever process is free, and how many requests and retries that took."""
    client, pages = _opened(reader_config)
    requests, retries = client.requests, client.retries
    reading = pages.read(window)
    return reading, client.requests - requests, client.retries - retries


@dataclass
class RestExtraction:
    """Reads the windows that are due, several at once, each whole or not at all."""

    job: RestJob
    pull: Pull
    scratch: Path
    deferred: int = 0
    problem: str | None = None
    replays: list[tuple[str, str]] = field(default_factory=list)
    _requests: int = 0
    _retries: int = 0
    _snapshot_at: datetime | None = None
    _ahead: Window | None = None

    def batches(self) -> Iterator[pa.Table]:
        """Envelope tables of all windows that could be read, oldest first."""
        try:
            yield from self._batches()
        except NoSuchAddress:
            feed = self.job.feed
            raise StorelakeError(
                f"{feed.system}/{feed.source} has no list of {feed.entity} (HTTP 404). Where its other lists answer, "
                f'leave this one out: declare without = ["{feed.entity}"] in [{feed.system}.{feed.source}]. Where none '
                "does, check its url and store code."
            ) from None

    def _batches(self) -> Iterator[pa.Table]:
        job, context = self.job, self.job.context
        with self._tools() as (client, writer):
            pages = self._pages(client)
            windows = self._windows(pages) if job.scope == "window" else [None]
            context.progress(job.feed, None, len(windows))
            for reading in self._readings(pages, windows):
                yield from self._take(reading, writer)
            if job.scope == "window":
                yield from self._undated(pages, writer)
            self._conclude(len(windows))

    def _readings(self, pages: PageReader, windows: list[Window | None]) -> Iterator[Reading]:
        context = self.job.context
        if len(windows) < MANY_WINDOWS or pages.total < MANY_RECORDS:
            yield from in_order(pages.read, windows, context.workers, context.workers)
            return
        reader_config = replace(self._reader_config, connections=1, is_beside=True)
        readings = context.processes.in_order(partial(_read_beside, reader_config), windows)
        for number, (reading, requests, retries) in enumerate(readings):
            self._requests += requests
            self._retries += retries
            yield reading
            if number % _READINGS_TO_GIVE_BACK == 0:
                duckdb_engine.release_memory()

    @contextmanager
    def _tools(self) -> Iterator[tuple[Client, EnvelopeWriter]]:
        environment = self.job.context.environment
        writer = EnvelopeWriter(
            self.pull.feed,
            self.pull.pull_id,
            self.pull.started_at,
            self.job.entity.shape,
            environment.subject_key,
            sources.realm(environment.sources, self.pull.feed.system, self.pull.feed.source),
            self.scratch,
            environment.landing_memory,
        )
        try:
            with self._asking() as client:
                yield client, writer
        finally:
            writer.close()

    @contextmanager
    def _asking(self) -> Iterator[Client]:
        """Asks the source; the pull counts the requests."""
        client = self._reader_config.client()
        try:
            yield client
        finally:
            self._requests += client.requests
            self._retries += client.retries
            self.pull.counts.requests, self.pull.counts.retries = self._requests, self._retries
            client.close()

    @property
    def delete_scope(self) -> DeleteScope:
        """Everything, where a whole list came and nothing of it was refused."""
        whole = [item for item in self.pull.items if item.status == "read" and not item.records_quarantined]
        parts = frozenset(part for item in whole for part in item.parts)
        return DeleteScope(parts, still_there=None if self.job.entity.listing.is_array else self._still_there)

    def _still_there(self, missing: Set[str]) -> Set[str]:
        """Read the list again: what went and came between its pages may have moved a record past the reader."""
        left = set(missing)
        with self._asking() as client:
            pages = self._pages(client)
            for _ in range(_READINGS):
                reading = pages.read(None)
                found = {key for batch in reading.spool.batches() for key in batch["_record_key"].to_pylist()}
                reading.spool.discard()
                if reading.problem or reading.refused:
                    self.pull.notes.append(
                        f"no deletes: the list could not be read again ({reading.problem or 'refused records'})"
                    )
                    return missing
                if left.isdisjoint(found):
                    break
                left -= found
        if len(left) < len(missing):
            self.pull.notes.append(
                f"{len(missing) - len(left)} record(s) moved while the list was read, and are still there"
            )
        return missing - left

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """From the first second that was read to the last; of a whole list the moment that it speaks for."""
        if self._snapshot_at:
            return self._snapshot_at, self._snapshot_at
        read = _windows_read((item.name, item.status) for item in self.pull.items)
        if not read:
            return None, None
        return min(window.start for window in read), max(window.end for window in read)

    # ---------- what is asked for ----------

    @cached_property
    def _reader_config(self) -> "ReaderConfig":
        return self.job.reader_config(self.scratch)

    def _pages(self, client: Client) -> PageReader:
        return self._reader_config.pages(client, self._documents)

    @cached_property
    def _documents(self) -> DocumentReader:
        return self._reader_config.documents()

    def _windows(self, pages: PageReader) -> list[Window | None]:
        job, bounds = self.job, self.job.context.bounds
        self._asked(pages.count)
        newest = self._asked(pages.newest)
        if pages.passed_over:
            self.pull.notes.append(
                f"the newest {pages.passed_over} record(s) could not be read, and are asked for again"
            )
        if newest is None:
            return []
        end = newest + timedelta(seconds=1)
        end = min(end, _midnight(bounds.until) or end)
        # What changes from now on may lie before a record that is dated ahead, or before what a wrong clock says.
        clock = self._clock(pages)
        passed = min(end, clock + timedelta(seconds=1))
        first = _midnight(bounds.since) or _midnight(job.source.since) or self._asked(pages.oldest) or newest
        if bounds.since or bounds.until:
            due_now = [Window(first, passed)] if first < passed else []
        else:
            due_now = due(self._read_before(clock), first, passed - timedelta(seconds=1), job.entity.overlap)
        windows: list[Window | None] = [part for window in due_now for part in self._parts(window, pages)]
        if max(first, passed) < end:
            self._ahead = Window(max(first, passed), end)
            if newest - clock > _SKEW:
                self.pull.notes.append(
                    f"a record is dated {newest:%Y-%m-%d %H:%M:%S}, ahead of the clock ({clock:%Y-%m-%d %H:%M:%S})"
                )
            windows.append(self._ahead)
        return windows

    def _clock(self, pages: PageReader) -> datetime:
        """The earlier of the sender's clock, where it told one, and ours when the pull began; whole seconds."""
        return min(pages.said_at or self.pull.started_at, self.pull.started_at).replace(microsecond=0)

    def _read_before(self, clock: datetime) -> Iterator[Window]:
        """The windows that earlier pulls have read, each up to the moment of that pull and no later than `clock`.

        A sender's clock that was ahead once had a window end in what was the future: what changed there afterwards
        was never read.
        """
        ledger = self.job.context.ledger
        started = {pull["pull_id"]: pull["started_at"] for pull in ledger.pulls()}
        for item in ledger.items_done(self.job.feed):
            window = Window.parse(item["name"]) if item["status"] == "read" else None
            if window is None:
                continue
            end = min(window.end, (min(started[item["pull_id"]], clock) + timedelta(seconds=1)).replace(microsecond=0))
            if window.start < end:
                yield Window(window.start, end)

    def _parts(self, window: Window, pages: PageReader) -> Iterator[Window]:
        """A window by weeks, but for long stretches that hold a single old record: each of them is one window."""
        for _ in range(_MAX_GAPS):
            if window.end - window.start <= _GAP:
                break
            begin = window.start + timedelta(weeks=1)
            following = self._asked(partial(pages.oldest, Window(begin, window.end)), "oldest") or window.end
            if following - window.start <= _GAP:
                break
            yield Window(window.start, following)
            window = Window(following, window.end)
        if window.start < window.end:
            yield from weeks(window)

    def _undated(self, pages: PageReader, writer: EnvelopeWriter) -> Iterator[pa.Table]:
        """Records that no window finds: told by the counts of the list with and without a condition on time."""
        number = pages.total - pages.dated
        if number <= 0:
            return
        reading = pages.read_undated(number)
        name = self.pull.feed
        if reading.problem:
            self.pull.notes.append(
                f"{number} record(s) of {name} have no time of change, and could not be read: {reading.problem}"
            )
        elif reading.records < number:
            self.pull.notes.append(
                f"{number - reading.records} record(s) of {name} have no time of change, and were not found"
            )
        known = {item["content_hash"] for item in self.job.context.ledger.items_done(self.job.feed)}
        if reading.problem or not reading.records or reading.content_hash in known:
            reading.spool.discard()
            return
        yield from self._take(reading, writer, UNDATED)

    def _asked(self, question: Callable[[], Answered], what: str = "") -> Answered:
        try:
            return question()
        except Fault as fault:
            name = f"{self.job.system.name}/{self.job.name}"
            hint = ", or declare since" if (what or question.__name__) == "oldest" else ""
            raise StorelakeError(
                f"{name}: {self.job.entity.entity} could not be read: {fault}. Run the same command again later{hint}."
            ) from None

    # ---------- what came ----------

    def _take(self, reading: Reading, writer: EnvelopeWriter, name: str | None = None) -> Iterator[pa.Table]:
        # What lies ahead has a name that is no window's, so that it is read each time.
        is_ahead = reading.window is not None and reading.window == self._ahead
        item = Item(name or (_AHEAD if is_ahead else str(reading.window or _WHOLE)), "read")
        is_whole = item.name == _WHOLE
        self.pull.notes += [f"{item.name}: {note}" for note in reading.notes]
        if reading.problem:
            item.status, item.reason = "refused", reading.problem
        elif is_whole and (reason := self._shrank(reading)):
            item.status, item.reason = "held", reason
        else:
            item.content_hash = reading.content_hash
            item.size_bytes = reading.size_bytes
            item.modified_at = reading.newest_at
            item.records_read = reading.records
            item.records_quarantined = len(reading.refused)
            if is_whole:
                item.parts = {EVERYTHING: reading.distinct}
                self._snapshot_at = reading.said_at or self.pull.started_at
            for unfit in reading.refused:
                self.pull.refuse(self._reject(unfit, item))
            yield from self._landed(reading.spool.batches(), writer)
        reading.spool.discard()
        self.pull.add(item)
        self.job.context.progress(self.job.feed, item, 0)

    def _landed(self, batches: Iterable[pa.RecordBatch], writer: EnvelopeWriter) -> Iterator[pa.Table]:
        for batch in batches:
            yield writer.from_prepared(batch, f"{self._reader_config.url}#", self.pull.next_position)
            self.pull.next_position += batch.num_rows

    def _reject(self, unfit: UnusableDocument, item: Item) -> Reject:
        return Reject(
            rule=unfit.rule,
            field=unfit.field,
            reason=f"{self.job.entity.entity} of {unfit.place}: {unfit.reason}",
            document=unfit.document or json.dumps({"place": unfit.place}),
            source_uri=f"{self._reader_config.url}#{unfit.place}",
            content_hash=item.content_hash,
        )

    def _shrank(self, reading: Reading) -> str | None:
        ledger = self.job.context.ledger
        said = ledger.statements(ledger.items_done(self.job.feed)).get(EVERYTHING)
        before = said.records if said else 0
        accepted = {_WHOLE, str(self.job.feed)} & self.job.context.bounds.accept
        if reading.distinct >= before * (1 - self.job.entity.shrink_limit) or accepted:
            return None
        return (
            f"it has {reading.distinct:,} records where {before:,} were there before; "
            f"if that is right: ingest --accept '{self.job.feed}'"
        )

    def _conclude(self, asked: int) -> None:
        refused = [item for item in self.pull.items if item.status == "refused"]
        if not refused:
            return
        first = f"{refused[0].name}: {refused[0].reason}"
        if len(refused) == asked:
            raise StorelakeError(f"{self.job.feed} could not be read ({first}). Run the same command again later.")
        self.problem = (
            f"{len(refused)} of {asked} windows could not be read, and the next run asks for them again ({first})"
        )


def _windows_read(items: Iterable[tuple[str, str]]) -> list[Window]:
    """The windows among items, given by name and status, that were read."""
    found = (Window.parse(name) for name, status in items if status == "read")
    return [window for window in found if window is not None]


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
