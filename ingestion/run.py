"""One run of ingestion: which feeds, side by side, each pulled until nothing waits."""

import re
import secrets
import shutil
import socket
import tarfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ingestion import engine, pipeline, raw, systems
from ingestion.environment import Environment
from ingestion.errors import Overtaken, StorelakeError, explain
from ingestion.extract import files
from ingestion.extract.files import Bounds, Candidate, FileEntity, FileExtraction
from ingestion.landing import Landing
from ingestion.ledger import Ledger, is_alive
from ingestion.pulls import Feed, Item, Pull
from ingestion.quarantine import Quarantine
from ingestion.systems import FileSystem

_ATTEMPTS = 50
"""Each attempt that is overtaken means that another run has got on, so that two runs at once both end."""
_SOURCE = r"[a-z0-9][a-z0-9_]{0,39}"


@dataclass
class Outcome:
    """How one feed fared: its completed pulls, and the error that ended it, if one did."""

    feed: Feed
    pulls: list[Pull]
    error: str | None = None
    exception: Exception | None = None


Progress = Callable[[Feed, Item | None, int], None]
"""Called with a feed and the number of its files before it is read (item None), then with each item."""


def ingest(
    environment: Environment,
    system_names: Iterable[str] = (),
    *,
    source: str | None = None,
    folder: Path | None = None,
    bounds: Bounds | None = None,
    workers: int = 2,
    progress: Progress = lambda feed, item, total: None,
) -> list[Outcome]:
    """Pull all feeds that are asked for (all there are, by default); one that fails does not stop the others."""
    engine.stay_small()
    known = systems.load_all()
    chosen = [_named(known, name) for name in system_names] or list(known.values())
    jobs = [
        (entity, system, name, place)
        for system in chosen
        for name, place in _sources(environment, system, source, folder)
        for entity in system.entities
    ]
    if not jobs:
        raise StorelakeError(f"No source '{source}' is known: put its files into lake/drop/<system>/{source}.")
    _tidy(environment)
    run = _Run(environment, bounds or Bounds(), workers, progress)
    try:
        with ThreadPoolExecutor(workers, thread_name_prefix="pull") as pool:
            return list(pool.map(lambda job: run.feed(*job), jobs))
    finally:
        shutil.rmtree(run.scratch, ignore_errors=True)


def replay(environment: Environment, system_names: Iterable[str] = (), *, source: str | None = None) -> list[Outcome]:
    """Read again, with today's contracts, the archived files of which records are in quarantine.

    A file that a later one has replaced is left alone: what it said is no longer so.
    """
    known = systems.load_all()
    chosen = [_named(known, name) for name in system_names] or list(known.values())
    _tidy(environment)
    # From the ledger: the files are in the archive, and their folder may be gone.
    pulled: dict[str, set[str]] = {}
    for pull in Ledger(environment).pulls():
        if source in (None, pull["source"]):
            pulled.setdefault(pull["system"], set()).add(pull["source"])
    run = _Run(environment, Bounds(), 2, lambda feed, item, total: None)
    outcomes = []
    try:
        for system in chosen:
            for name in sorted(pulled.get(system.name, set())):
                for entity in system.entities:
                    outcome = run.replay(entity, system, name)
                    if outcome:
                        outcomes.append(outcome)
    finally:
        shutil.rmtree(run.scratch, ignore_errors=True)
    return outcomes


def _tidy(environment: Environment) -> None:
    """Settle what processes of this host left that were stopped: their pulls, and their scratch space."""
    ledger = Ledger(environment)
    for pull_id, feed in ledger.abandoned():
        # What it committed is completed; only what it did not commit has failed.
        Landing(environment).begin(feed)
        ledger.close_abandoned(pull_id)
    for folder in environment.work.glob(f"run-{socket.gethostname()}-*-*"):
        process = folder.name.split("-")[-2]
        if process.isdigit() and not is_alive(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


class _Run:
    def __init__(self, environment: Environment, bounds: Bounds, workers: int, progress: Progress) -> None:
        self._environment = environment
        self._bounds = bounds
        self._workers = workers
        self._progress = progress
        self._ledger = Ledger(environment)
        self._landing = Landing(environment)
        self.scratch = environment.scratch()

    def feed(self, entity: FileEntity, system: FileSystem, source: str, folder: Path) -> Outcome:
        """Pull one feed from its folder until no file waits for a pull of its own."""
        feed = Feed(entity.system, source, entity.entity)
        outcome = Outcome(feed, [])
        try:
            waiting = 1
            while waiting:
                candidates = files.listing(folder)
                self._progress(feed, None, len(candidates))
                pull, waiting = self._with_retries(feed, entity, system, candidates)
                outcome.pulls.append(pull)
        except Exception as error:
            outcome.error, outcome.exception = explain(error), error
        return outcome

    def replay(self, entity: FileEntity, system: FileSystem, source: str) -> Outcome | None:
        """Read again what is in quarantine of one feed; None where nothing is."""
        feed = Feed(entity.system, source, entity.entity)
        waiting = Quarantine(self._environment).open_items(feed)
        done = self._ledger.items_done(feed)
        statements = self._ledger.statements(done)
        again: dict[str, _Again] = {}
        for item in done:
            if (item["pull_id"], item["content_hash"]) not in waiting:
                continue
            parts = self._ledger.parts(item)
            if any(statements[part].sequence > item["sequence"] for part in parts):
                continue
            content_hash = item["content_hash"]
            if content_hash not in again:
                content = raw.archived(self._environment.lake, feed.system, content_hash, item["size_bytes"])
                file = Candidate(item["name"], Path(), item["size_bytes"], item["modified_at"], content=content)
                again[content_hash] = _Again(content_hash, file)
            again[content_hash].pull_ids.append(item["pull_id"])
            again[content_hash].said_at = item["sequence"]
        if not again:
            return None
        outcome = Outcome(feed, [])
        try:
            for one in again.values():
                pull, _ = self._with_retries(feed, entity, system, [one.file], one)
                outcome.pulls.append(pull)
        except Exception as error:
            outcome.error, outcome.exception = explain(error), error
        return outcome

    def _with_retries(
        self,
        feed: Feed,
        entity: FileEntity,
        system: FileSystem,
        candidates: list[Candidate],
        again: "_Again | None" = None,
    ) -> tuple[Pull, int]:
        for attempt in range(_ATTEMPTS):
            try:
                return self._pull(feed, entity, system, candidates, again)
            except Overtaken:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError

    def _pull(
        self,
        feed: Feed,
        entity: FileEntity,
        system: FileSystem,
        candidates: list[Candidate],
        again: "_Again | None",
    ) -> tuple[Pull, int]:
        pull = Pull(feed, entity.scope, self._landing.begin(feed))
        done = self._ledger.items_done(feed)
        self._ledger.start(pull)
        try:
            extraction = FileExtraction(
                entity=entity,
                pull=pull,
                lake=self._environment.lake,
                scratch=self.scratch / pull.pull_id,
                subject_key=self._environment.subject_key,
                memory=self._environment.landing_memory,
                known=frozenset(item["content_hash"] for item in done) - {again and again.content_hash},
                statements=self._ledger.statements(done),
                said_at=again.said_at if again else None,
                bounds=self._bounds,
                workers=self._workers,
                others=tuple(other for other in system.entities if other is not entity),
                is_default=entity is system.entities[0],
                progress=lambda item: self._progress(feed, item, 0),
            )
            extraction.scratch.mkdir(parents=True, exist_ok=True)

            def land(staged: Path | None) -> None:
                pull.window_start, pull.window_end = files.window(pull.items)
                if again and any(item.status in ("read", "refused") for item in pull.items):
                    pull.replays = [(pull_id, again.content_hash) for pull_id in again.pull_ids]
                self._landing.land(pull, staged, extraction.gone)

            pipeline.carry(feed, extraction.batches(candidates), land, extraction.scratch / "dlt")
        except BaseException as error:
            self._ledger.fail(pull, error)
            raise
        return pull, extraction.deferred


@dataclass
class _Again:
    """An archived file that is read again, and the pulls that refused something of it."""

    content_hash: str
    file: Candidate
    pull_ids: list[str] = field(default_factory=list)
    said_at: int = 0
    """The sequence of the last pull that read it."""


def _named(known: Mapping[str, FileSystem], name: str) -> FileSystem:
    if name not in known:
        raise StorelakeError(f"There is no system '{name}'. Known are: {', '.join(known)}.")
    return known[name]


def _sources(
    environment: Environment, system: FileSystem, source: str | None, folder: Path | None
) -> list[tuple[str, Path]]:
    """The sources of a system and their folders: those with a drop folder, and the one that ships with the project."""
    if folder is not None:
        if not folder.is_dir():
            raise StorelakeError(f"--path {folder} is no folder.")
        if source is None or (system.sample and source == system.sample.source):
            raise StorelakeError("--path needs a --source of its own, for example --source mine.")
        if not re.fullmatch(_SOURCE, source):
            raise StorelakeError(f"--source '{source}' must be lower case letters, digits and underscores.")
        return [(source, folder)]
    root = environment.drop(system.name, "x").parent
    if system.sample and source in (None, system.sample.source):
        _fill(system, environment.drop(system.name, system.sample.source))
    found = (
        sorted(path.name for path in root.iterdir() if path.is_dir() and re.fullmatch(_SOURCE, path.name))
        if root.is_dir()
        else []
    )
    return [(name, root / name) for name in found if source in (None, name)]


def _fill(system: FileSystem, folder: Path) -> None:
    """Put the data that ships with the project into a drop folder that does not exist yet, all or nothing."""
    sample = system.sample
    if folder.exists() or sample is None:
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
