"""Systems whose files are put into a folder: which sources there are, and which files a pull looks at."""

import re
import secrets
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingestion import sources
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.extract.base.candidate import Candidate
from ingestion.extract.base.jobs import Context
from ingestion.extract.files import file_extraction
from ingestion.extract.files.file_extraction import FileEntity, FileExtraction
from ingestion.extract.files.file_history import Past
from ingestion.lake import raw
from ingestion.load.quarantine import Quarantine
from ingestion.pulls import Feed, Pull, Scope
from ingestion.sources import NAME, FileSource


@dataclass(frozen=True)
class Sample:
    """Data that ships with the project: the drop folder of `source` is filled with it on first use."""

    source: str
    archives: tuple[Path, ...]


@dataclass(frozen=True)
class FileSystem:
    """A system that drops files. The first of its `entities` answers for files that none of them recognises."""

    name: str
    entities: tuple[FileEntity, ...]
    sample: Sample | None = None
    fresh_within_days: int = 1

    def jobs(self, context: Context, source: str | None, folder: Path | None) -> Iterator["FileJob"]:
        """A job for each entity of each source that has a drop folder."""
        declared = sources.read(context.environment.sources, self.name, FileSource)
        for name, place in self._sources(context.environment, source, folder):
            entities = self._of(declared.get(name))
            for entity in entities:
                yield FileJob(context, entities, entity, name, place)

    def replays(self, context: Context, source: str | None) -> Iterator["FileJob"]:
        """A job for each entity with archived files of which records are in quarantine.

        A file that a later one has replaced is left alone: what it said is no longer so.
        """
        # From the ledger: the files are in the archive, and their folder may be gone.
        pulled = {pull["source"] for pull in context.ledger.pulls() if pull["system"] == self.name}
        declared = sources.read(context.environment.sources, self.name, FileSource)
        for name in sorted(pulled if source is None else pulled & {source}):
            entities = self._of(declared.get(name))
            for entity in entities:
                feed = Feed(self.name, name, entity.entity)
                if again := rereads(context, feed, states=entity.scope != "window"):
                    yield FileJob(context, entities, entity, name, Path(), again)

    def _of(self, declared: FileSource | None) -> tuple[FileEntity, ...]:
        """The entities as a source has them: files that add up say nothing of what they do not hold."""
        if declared is None or not declared.files_add_up:
            return self.entities
        return tuple(replace(entity, scope="window") for entity in self.entities)

    def from_archive(self, context: Context, pull: Pull, files: list[Candidate], scratch: Path) -> FileExtraction:
        """Reads archived files of an entity as a pull had read them."""
        # What files say of what they do not hold may be declared otherwise by now.
        entities = tuple(replace(entity, scope=pull.scope) for entity in self.entities)
        (entity,) = (entity for entity in entities if entity.entity == pull.feed.entity)
        return from_archive(context, entities, entity, pull, files, scratch)

    def _sources(self, environment: Environment, source: str | None, folder: Path | None) -> list[tuple[str, Path]]:
        """The sources and their folders: those with a drop folder, and the one that ships with the project."""
        if folder is not None:
            if not folder.is_dir():
                raise StorelakeError(f"--path {folder} is no folder.")
            if source is None or (self.sample and source == self.sample.source):
                raise StorelakeError("--path needs a --source of its own, for example --source mine.")
            if not re.fullmatch(NAME, source):
                raise StorelakeError(f"--source '{source}' must be lower case letters, digits and underscores.")
            return [(source, folder)]
        root = environment.drop(self.name, "x").parent
        if self.sample and source in (None, self.sample.source):
            _fill(self.sample, environment.drop(self.name, self.sample.source))
        found = (
            sorted(path.name for path in root.iterdir() if path.is_dir() and re.fullmatch(NAME, path.name))
            if root.is_dir()
            else []
        )
        return [(name, root / name) for name in found if source in (None, name)]


@dataclass
class Reread:
    """An archived file that is read again, and the pulls that refused something of it."""

    content_hash: str
    file: Candidate
    pull_ids: list[str] = field(default_factory=list)
    said_at: int = 0
    """The sequence of the last pull that read it."""


@dataclass(frozen=True)
class FileJob:
    """One entity of one source: the files of its folder that are new, or archived files that are read again."""

    context: Context
    entities: tuple[FileEntity, ...]
    entity: FileEntity
    source: str
    folder: Path
    again: Sequence[Reread] = ()

    @property
    def feed(self) -> Feed:
        """What is pulled."""
        return Feed(self.entity.system, self.source, self.entity.entity)

    @property
    def scope(self) -> Scope:
        """What a pull of it says of what it does not hold."""
        return self.entity.scope

    def extraction(self, pull: Pull, scratch: Path) -> FileExtraction:
        """Reads the files that are there now."""
        again = self.again
        candidates = [file.file for file in again] if again else file_extraction.listing(self.folder)
        if not again:
            self.context.progress(self.feed, None, len(candidates))
            if not candidates and self.entity is self.entities[0]:
                pull.notes.append(f"there is no file in {self.folder} (hidden files and folders in it are left alone)")
        return extraction(self.context, self.entities, self.entity, pull, candidates, scratch, again)


def extraction(
    context: Context,
    entities: tuple[FileEntity, ...],
    entity: FileEntity,
    pull: Pull,
    candidates: list[Candidate],
    scratch: Path,
    again: Sequence[Reread],
) -> FileExtraction:
    """Reads `candidates`, knowing what the ledger says of their feed."""
    return FileExtraction(
        entity=entity,
        pull=pull,
        environment=context.environment,
        scratch=scratch,
        subject_key=context.environment.subject_key,
        memory=context.environment.landing_memory,
        past=Past(context.ledger.items(pull.feed), states=entity.scope != "window"),
        candidates=candidates,
        said_at={file.content_hash: file.said_at for file in again} if again else None,
        rereads=[(pull_id, file.content_hash) for file in again for pull_id in file.pull_ids],
        bounds=context.bounds,
        workers=context.workers,
        others=tuple(other for other in entities if other is not entity),
        is_default=entity is entities[0],
        progress=lambda item: context.progress(pull.feed, item, 0),
    )


def from_archive(
    context: Context,
    entities: tuple[FileEntity, ...],
    entity: FileEntity,
    pull: Pull,
    files: list[Candidate],
    scratch: Path,
) -> FileExtraction:
    """Reads archived files as if nothing of them was known."""
    return FileExtraction(
        entity=entity,
        pull=pull,
        environment=context.environment,
        scratch=scratch,
        subject_key=context.environment.subject_key,
        memory=context.environment.landing_memory,
        past=Past((), states=pull.scope != "window"),
        candidates=files,
        workers=context.workers,
        others=tuple(other for other in entities if other is not entity),
        is_default=entity is entities[0],
    )


def rereads(context: Context, feed: Feed, *, states: bool = True) -> list[Reread]:
    """The archived files of which records are in quarantine, but for those that newer files have replaced.

    The newest come first where files state parts, since of two that state the same the newer one counts; elsewhere
    last, since the last version of a record counts.
    """
    waiting = Quarantine(context.environment).open_items(feed)
    done = context.ledger.items_done(feed)
    statements = context.ledger.statements(done) if states else {}
    found: dict[str, Reread] = {}
    for item in done:
        if (item["pull_id"], item["content_hash"]) not in waiting:
            continue
        parts = statements.keys() & context.ledger.parts(item)
        if any(statements[part].sequence > item["sequence"] for part in parts):
            continue
        content_hash = item["content_hash"]
        if content_hash not in found:
            content = raw.archived(context.environment, feed.system, content_hash, item["size_bytes"])
            file = Candidate(item["name"], Path(), item["size_bytes"], item["modified_at"], content=content)
            found[content_hash] = Reread(content_hash, file)
        found[content_hash].pull_ids.append(item["pull_id"])
        found[content_hash].said_at = item["sequence"]
    return sorted(found.values(), key=lambda again: (again.file.modified_at, again.file.name), reverse=states)


def _fill(sample: Sample, folder: Path) -> None:
    """Put the data that ships with the project into a drop folder that does not exist yet, all or nothing."""
    if folder.exists():
        return
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    partial.mkdir(parents=True)
    for archive in sample.archives:
        if not archive.name.endswith(".tar.gz"):
            shutil.copy2(archive, partial / archive.name)
            continue
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and not Path(member.name).name.startswith("."):
                    tar.extract(member.replace(name=Path(member.name).name, deep=False), partial, filter="data")
    try:
        partial.rename(folder)
    except OSError:
        # Another run has just put it there.
        shutil.rmtree(partial, ignore_errors=True)
