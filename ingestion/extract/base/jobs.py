"""What every kind of system offers to a run: jobs, one a feed, and what one pull of a job reads."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa

from ingestion.environment import Environment
from ingestion.extract.base.candidate import Candidate
from ingestion.extract.base.parallel import Processes
from ingestion.load.ledger import Ledger
from ingestion.pulls import Bounds, DeleteScope, Feed, Item, Pull, Scope

Progress = Callable[[Feed, Item | None, int], None]
"""Called with a feed and the number of its items before they are read (item None), then with each item."""


@dataclass(frozen=True)
class Context:
    """What the jobs of one run share."""

    environment: Environment
    ledger: Ledger
    bounds: Bounds
    workers: int
    scratch: Path
    progress: Progress
    processes: Processes


class Extraction(Protocol):
    """Reads what one pull takes: yields envelope tables, fills the pull's items, rejects and counts.

    All but `batches` is known once that is exhausted. `gone` tells where records may be missing, `deferred` how
    many items wait for a pull of their own, `problem` what could not be read and stays open, `replays` the items
    (pull id, content hash) whose refused records were read again.
    """

    def batches(self) -> Iterator[pa.Table]: ...

    @property
    def delete_scope(self) -> DeleteScope: ...

    @property
    def deferred(self) -> int: ...

    @property
    def window(self) -> tuple[datetime | None, datetime | None]: ...

    @property
    def problem(self) -> str | None: ...

    @property
    def replays(self) -> list[tuple[str, str]]: ...


class Job(Protocol):
    """One feed that a run pulls."""

    @property
    def feed(self) -> Feed: ...

    @property
    def scope(self) -> Scope: ...

    def extraction(self, pull: Pull, scratch: Path) -> Extraction:
        """What `pull` reads, decided from what the ledger says now; `scratch` is a folder of its own."""


class Entity(Protocol):
    """A kind of record of a system."""

    @property
    def entity(self) -> str: ...


class System(Protocol):
    """A system of any kind, as its folder declares it."""

    @property
    def name(self) -> str: ...

    @property
    def entities(self) -> tuple[Entity, ...]: ...

    @property
    def fresh_within_days(self) -> int: ...

    def jobs(self, context: Context, source: str | None, folder: Path | None) -> Iterable[Job]:
        """The feeds of the system, or of one source of it, or of one source whose files lie in `folder`."""

    def replays(self, context: Context, source: str | None) -> Iterable[Job]:
        """Jobs that read again what is in quarantine, in the order in which it was first read."""


@runtime_checkable
class Archived(Protocol):
    """A system whose files are in the archive: what a pull of it has landed can be read again."""

    def from_archive(self, context: Context, pull: Pull, files: list[Candidate], scratch: Path) -> Extraction:
        """Reads archived files as a pull had read them, whatever the ledger knows of them by now."""
