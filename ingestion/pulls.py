"""What a pull is and what it counts: the words that extract, landing, ledger and the command line share."""

import json
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from ingestion import times

Scope = Literal["window", "full", "statement"]
ItemStatus = Literal["read", "seen", "held", "refused"]


EVERYTHING = "*"
"""The one part of a source whose files state all of it."""
REJECTS_IN_MEMORY = 5_000
"""So many refused records of a pull are held in memory, each with its document."""


@dataclass(frozen=True)
class Bounds:
    """What a person asked for: days from `since` to before `until`, and items to be taken although they are held."""

    since: date | None = None
    until: date | None = None
    accept: frozenset[str] = frozenset()

    def holds(self, parts: Mapping[str, int]) -> bool:
        """True where all of the parts lie within the bounds; parts that are no days always do."""
        days = [date.fromisoformat(part) for part in parts if part != EVERYTHING]
        return all((not self.since or day >= self.since) and (not self.until or day < self.until) for day in days)


@dataclass(frozen=True)
class DeleteScope:
    """Where records may be missing: the parts (days in `time_zone`, or `EVERYTHING`) that complete files stated.

    `still_there` is asked before anything gets a delete: of the record keys that did not come, those that the system
    has all the same. None where what came was read at one moment.
    """

    parts: frozenset[str] = frozenset()
    time_zone: str = "UTC"
    still_there: Callable[[Set[str]], Set[str]] | None = None


@dataclass(frozen=True)
class Feed:
    """One entity of one source of a system: the unit that is pulled."""

    system: str
    source: str
    entity: str

    def __str__(self) -> str:
        return f"{self.system}/{self.source}/{self.entity}"

    @property
    def columns(self) -> dict[str, str]:
        """The feed under the column names that the ledger's tables share."""
        return {"system": self.system, "source": self.source, "entity": self.entity}

    @property
    def transaction_id(self) -> str:
        """The Delta transaction id that orders this feed's commits in its table."""
        return f"{self.source}/{self.entity}"


@dataclass
class Item:
    """One file (or page, or offset range) of a pull. `parts` counts records by the part of the source they state."""

    name: str
    status: ItemStatus
    reason: str | None = None
    content_hash: str | None = None
    size_bytes: int | None = None
    modified_at: datetime | None = None
    records_read: int = 0
    records_quarantined: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)
    drift: tuple[str, ...] = ()
    raw_uri: str | None = None


@dataclass(frozen=True)
class Reject:
    """A record that was refused: the rule, the field, the reason without values, and the record as it came."""

    rule: str
    field: str | None
    reason: str
    document: str
    source_uri: str
    content_hash: str | None


class Rejects:
    """Refused records in their order: in memory while they are few, else in a file of `folder`, if it has one."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.first: Reject | None = None
        self._path: Path | None = None
        self._held: list[Reject] = []

    def add(self, reject: Reject) -> None:
        """Take the next one."""
        self.first = self.first or reject
        self._held.append(reject)
        if len(self._held) >= REJECTS_IN_MEMORY and self.folder is not None:
            self._path = self.folder / "rejects.jsonl"
            with self._path.open("a", encoding="ascii") as file:
                file.writelines(json.dumps(asdict(one)) + "\n" for one in self._held)
            self._held = []

    def __iter__(self) -> Iterator[Reject]:
        if self._path is not None:
            with self._path.open(encoding="ascii") as file:
                for text in file:
                    yield Reject(**json.loads(text))
        yield from self._held


@dataclass
class Counts:
    """What a pull did, in records: read = landed + known + quarantined; bronze rows = landed + deleted."""

    read: int = 0
    landed: int = 0
    known: int = 0
    quarantined: int = 0
    deleted: int = 0
    items_read: int = 0
    items_seen: int = 0
    items_held: int = 0
    items_refused: int = 0
    bytes_read: int = 0
    requests: int = 0
    retries: int = 0

    def as_columns(self) -> dict[str, int]:
        """The same under the ledger's column names."""
        records = ("read", "landed", "known", "quarantined", "deleted")
        return {(f"records_{name}" if name in records else name): value for name, value in asdict(self).items()}


@dataclass
class Pull:
    """One extraction of one feed in one run, from its start to its completion."""

    feed: Feed
    scope: Scope
    expected_transaction: int
    pull_id: str = field(default_factory=lambda: secrets.token_hex(12))
    started_at: datetime = field(default_factory=lambda: times.now())
    window_start: datetime | None = None
    window_end: datetime | None = None
    counts: Counts = field(default_factory=Counts)
    items: list[Item] = field(default_factory=list)
    rejects: Rejects = field(default_factory=Rejects)
    replays: list[tuple[str, str]] = field(default_factory=list)
    """(pull id, content hash) of the items whose refused records this pull reads again."""
    notes: list[str] = field(default_factory=list)
    next_position: int = 1
    host: str = field(default_factory=socket.gethostname)
    process: int = field(default_factory=os.getpid)

    def add(self, item: Item) -> None:
        """Take an item into the pull's lists and counts."""
        self.items.append(item)
        self.counts.read += item.records_read
        match item.status:
            case "read":
                self.counts.items_read += 1
                self.counts.bytes_read += item.size_bytes or 0
            case "seen":
                self.counts.items_seen += 1
            case "held":
                self.counts.items_held += 1
            case "refused":
                self.counts.items_refused += 1
                self.counts.bytes_read += item.size_bytes or 0

    def refuse(self, reject: Reject) -> None:
        """Take a refused record into the pull; its item's counts are the caller's."""
        self.rejects.add(reject)
        self.counts.quarantined += 1

    def facts(self) -> dict[str, Any]:
        """The columns that every ledger event of this pull repeats."""
        return {
            "pull_id": self.pull_id,
            **self.feed.columns,
            "scope": self.scope,
            "window_start": self.window_start,
            "window_end": self.window_end,
            "pulldate": self.started_at.date(),
            "host": self.host,
            "process": self.process,
            "started_at": self.started_at,
        }
