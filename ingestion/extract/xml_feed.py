"""XML feeds of any length, from an address or a file: streamed, each record a document with nothing dropped.

A feed states everything there is, so it lands whole or not at all. What a record is and what names it follows from
the root element, unless the source declares it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from xml.parsers import expat

import pyarrow as pa
from lxml import etree

from ingestion import sources, times
from ingestion.errors import Refused, StorelakeError
from ingestion.extract.base.candidate import Candidate
from ingestion.extract.base.jobs import Context
from ingestion.extract.base.parallel import Processes
from ingestion.extract.files import drop_folder
from ingestion.extract.files.drop_folder import Reread
from ingestion.extract.files.file_extraction import FileEntity, FileExtraction, Records
from ingestion.extract.formats import xml_chunks
from ingestion.extract.formats.xml_chunks import CannotSplit
from ingestion.extract.formats.xml_document import why_malformed
from ingestion.extract.formats.xml_records import Format, ParsedRecords, RecordReader, is_named
from ingestion.extract.http.client import Client, Fault, RetryPolicy, authentication
from ingestion.lake import raw
from ingestion.lake.raw import Content
from ingestion.pulls import DeleteScope, Feed, Item, Pull, Scope
from ingestion.records.contracts import Contract
from ingestion.records.envelope import PREPARED, RecordShape
from ingestion.records.spool import Spool
from ingestion.sources import FeedSource

MAX_PROLOG = 1 << 20
IN_MEMORY = 8 << 20
LONG = 16 << 20
"""From so many bytes on, another process helps to read a feed: to start it costs a second."""
_BATCH = 8_192
_BLOCK = 1 << 20


@dataclass(frozen=True)
class NamedElement:
    """An entity by its name: how it is read is its source's."""

    entity: str


@dataclass(frozen=True)
class FeedSystem:
    """A system of XML feeds; its sources are declared. The last of its `formats` takes any root element."""

    name: str
    entity: str
    contract: type[Contract]
    formats: dict[str, Format]
    shrink_limit: float = 0.5
    fresh_within_days: int = 1
    retry_policy: RetryPolicy = field(default_factory=lambda: RetryPolicy(answer=3600.0))

    @property
    def entities(self) -> tuple["NamedElement"]:
        """The one entity."""
        return (NamedElement(self.entity),)

    def file_entity(self, source: str, declared: FeedSource, processes: Processes) -> FileEntity:
        """The entity as a source has it."""
        return FileEntity(
            system=self.name,
            entity=self.entity,
            scope="full",
            shape=RecordShape(self.contract, ()),
            recognises=lambda head: True,
            read=partial(_read, self, Feed(self.name, source, self.entity), declared, processes),
            shrink_limit=self.shrink_limit,
        )

    def jobs(self, context: Context, source: str | None, folder: Path | None) -> Iterator["FeedJob"]:
        """A job for each source that is declared."""
        declared = sources.read(context.environment.sources, self.name, FeedSource, source)
        for name in declared if folder is None else ():
            yield FeedJob(context, self, name, declared[name])

    def replays(self, context: Context, source: str | None) -> Iterator["FeedJob"]:
        """A job for each archived feed of which records are in quarantine, and that no newer one has replaced."""
        declared = sources.read(context.environment.sources, self.name, FeedSource, source)
        for name in declared:
            if again := drop_folder.rereads(context, Feed(self.name, name, self.entity)):
                yield FeedJob(context, self, name, declared[name], again)

    def from_archive(self, context: Context, pull: Pull, files: list[Candidate], scratch: Path) -> FileExtraction:
        """Reads an archived feed as a pull had read it."""
        source = pull.feed.source
        declared = sources.read(context.environment.sources, self.name, FeedSource, source)
        if source not in declared:
            raise StorelakeError(f"{context.environment.sources} does not declare {self.name}.{source}")
        entity = self.file_entity(source, declared[source], context.processes)
        return drop_folder.from_archive(context, (entity,), entity, pull, files, scratch)


@dataclass(frozen=True)
class FeedJob:
    """One source's feed as it is now, or as it was archived."""

    context: Context
    system: FeedSystem
    name: str
    source: FeedSource
    again: Sequence[Reread] = ()

    @property
    def feed(self) -> Feed:
        """What is pulled."""
        return Feed(self.system.name, self.name, self.system.entity)

    @property
    def scope(self) -> Scope:
        """A feed states everything."""
        return "full"

    def extraction(self, pull: Pull, scratch: Path) -> "FeedExtraction":
        """Fetches the feed, and reads it as any file."""
        entity = self.system.file_entity(self.name, self.source, self.context.processes)
        candidates = [file.file for file in self.again]
        reading = drop_folder.extraction(self.context, (entity,), entity, pull, candidates, scratch, self.again)
        return FeedExtraction(self, pull, reading)


@dataclass
class FeedExtraction:
    """Fetches a feed and hands it to the reading of files; what cannot be read to its end fails the pull."""

    job: FeedJob
    pull: Pull
    reading: FileExtraction
    deferred: int = 0
    problem: str | None = None
    _said_at: datetime | None = None

    def batches(self) -> Iterator[pa.Table]:
        """Envelope tables of the feed's records."""
        self.job.context.progress(self.job.feed, None, 1)
        if not self.reading.candidates:
            self.reading.candidates = [self._fetched()]
        yield from self.reading.batches()
        for item in self.pull.items:
            if item.status == "refused":
                assert self.pull.rejects.first is not None
                reason = self.pull.rejects.first.reason
                raise StorelakeError(
                    f"{self.job.feed}: {reason}. Nothing of it was landed; it was kept as {item.raw_uri}."
                )
            if self._is_useless(item):
                # Then it is the key that is wrong, not the records.
                first = f": {self.pull.rejects.first.reason}" if self.pull.rejects.first else ""
                self.problem = (
                    f"None of its records can be used{first}. Name another key or record in "
                    f"{self.job.context.environment.sources.name}, then: storelake replay {self.job.system.name}"
                )

    def _is_useless(self, item: Item) -> bool:
        if item.status == "seen" and item.content_hash:
            return self.reading.past.is_useless(item.content_hash)
        return item.status == "read" and item.records_quarantined == item.records_read > 0

    @property
    def delete_scope(self) -> DeleteScope:
        """Everything that the feed does not name any more."""
        return self.reading.delete_scope

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """The moment that the feed speaks for; none where it is held, or an archived one."""
        taken = any(item.status in ("read", "seen") for item in self.pull.items)
        moment = (self._said_at or self.pull.started_at) if taken and not self.job.again else None
        return moment, moment

    @property
    def replays(self) -> list[tuple[str, str]]:
        """What was read again."""
        return self.reading.replays

    def _fetched(self) -> Candidate:
        url, environment = self.job.source.url, self.job.context.environment
        if "://" not in url:
            path = environment.sources.parent / url
            if not path.is_file():
                raise StorelakeError(f"{self.job.feed}: there is no file {path.name}.")
            content, name, self._said_at = raw.read(path), path.name, times.now()
            modified_at = times.from_timestamp(path.stat().st_mtime)
        else:
            content, name = self._downloaded(url), urlunsplit((*urlsplit(url)[:3], "", ""))
            modified_at = times.now()
        content = raw.archive(environment, self.job.system.name, content)
        return Candidate(name, Path(), content.size_bytes, modified_at, content=content, is_dated="://" not in url)

    def _downloaded(self, url: str) -> Content:
        source, environment = self.job.source, self.job.context.environment
        client = Client(str(self.job.feed), authentication(environment, source.secret), self.job.system.retry_policy, 1)
        target = self.reading.scratch / "feed.xml"
        try:
            self._said_at = client.download(url, target)
        except Fault as fault:
            raise StorelakeError(f"{self.job.feed}: {fault}. Nothing of it was landed.") from None
        finally:
            self.pull.counts.requests, self.pull.counts.retries = client.requests, client.retries
            client.close()
        return raw.read(target)


# ---------- reading ----------


def _read(
    system: FeedSystem,
    feed: Feed,
    declared: FeedSource,
    processes: Processes,
    content: Content,
    required: list[str],
    scratch: Path,
) -> Records:
    with content.open() as stream:
        root = _root(stream)
    names = []
    for form in _formats(system, declared, root):
        reader = RecordReader(feed, system.contract, form)
        records = _read_side_by_side(processes, reader, content, scratch) if content.size_bytes >= LONG else None
        if records is None:
            with content.open() as stream:
                records = _collected(_streamed(reader, stream), scratch)
        if records.count:
            return records
        records.spool.discard()
        names.append(reader.tag.rpartition("}")[2])
    raise Refused("no_records", f"the feed holds no {' and no '.join(names)}")


def _read_side_by_side(processes: Processes, reader: RecordReader, content: Content, scratch: Path) -> Records | None:
    """None where it cannot be, and where the feed is broken: who reads it in one go can say where."""
    try:
        with content.open() as stream:
            return _collected(_side_by_side(processes, reader, stream), scratch)
    except CannotSplit:
        return None
    finally:
        processes.end_idle()


def _formats(system: FeedSystem, declared: FeedSource, root: str) -> list[Format]:
    """The formats that a feed may be in: the declared one, those of its root element, or the one for any root."""
    if declared.format:
        if declared.format not in system.formats:
            raise StorelakeError(f"There is no format '{declared.format}'. Known are: {', '.join(system.formats)}.")
        found = [system.formats[declared.format]]
    else:
        found = [form for form in system.formats.values() if form.root is not None and is_named(root, form.root)]
        found = found or [form for form in system.formats.values() if form.root is None]
    chosen = (replace(form, record=declared.record or form.record, key=declared.key or form.key) for form in found)
    return list(dict.fromkeys(chosen))


class _Found(Exception):
    """The root element was reached."""


def _root(stream: Any) -> str:
    """The name of the root element. Raises Refused for a DOCTYPE, which can only stand before it."""
    found: list[str] = []

    def start(name: str, attributes: object) -> None:
        namespace, _, local = name.rpartition("}")
        found.append(f"{{{namespace}}}{local}" if namespace else local)
        raise _Found

    def doctype(*_: object) -> None:
        raise Refused("doctype", "the XML has a DOCTYPE or an entity; both are refused unread")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        for _ in range(MAX_PROLOG // _BLOCK or 1):
            block = stream.read(_BLOCK)
            parser.Parse(block, not block)
            if not block:
                raise Refused("malformed_xml", "the XML has no root element")
    except _Found:
        return found[0]
    except (expat.ExpatError, ValueError, LookupError) as error:
        line = error.lineno if isinstance(error, expat.ExpatError) else None
        raise Refused("malformed_xml", "the XML is broken or breaks off", line=line) from None
    raise Refused("xml_limit", f"the XML has no element in its first {MAX_PROLOG >> 20} MB, which is the limit")


def _streamed(reader: RecordReader, stream: Any) -> Iterator[ParsedRecords]:
    """A feed's records, some at a time; memory does not grow with it. Raises Refused where it breaks off."""
    tag = reader.tag
    events = etree.iterparse(stream, events=("end",), tag=tag, resolve_entities=False, no_network=True, load_dtd=False)
    elements = reader.outermost(_elements(tag, events))
    try:
        while (taken := reader.take(islice(elements, _BATCH))).count:
            yield taken
    except etree.XMLSyntaxError as error:
        raise why_malformed("the feed", error, events.error_log) from None


def _elements(tag: str, events: Iterable[tuple[str, etree._Element]]) -> Iterator[etree._Element]:
    """Each element at its end; it is gone when the next one is asked for."""
    for _, element in events:
        yield element
        if next(element.iterancestors(tag), None) is None:
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]


def _side_by_side(processes: Processes, reader: RecordReader, stream: Any) -> Iterator[ParsedRecords]:
    """The same by several processes. Raises Uncut where that cannot be."""
    for taken in processes.in_order(partial(xml_chunks.take, reader), xml_chunks.read(stream, reader.tag)):
        if taken is None:
            raise CannotSplit
        yield taken


def _collected(parts: Iterable[ParsedRecords], scratch: Path) -> Records:
    """All of them, held where memory does not grow; what was read of a feed that ends in an error is given back."""
    records = Records(Spool(PREPARED, scratch, IN_MEMORY))
    try:
        for taken in parts:
            rows, unfit = taken.at_path(records.count)
            records.spool.add(rows)
            records.unfit += unfit
            records.count += taken.count
    except BaseException:
        records.spool.discard()
        raise
    records.spool.close()
    return records
