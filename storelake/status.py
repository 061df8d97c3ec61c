"""The ledger as people want to see it: one line a feed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ingestion import systems, times
from ingestion.environment import Environment
from ingestion.extract.base.jobs import System
from ingestion.extract.base.windows import Window, still_open
from ingestion.load.ledger import Ledger
from ingestion.load.quarantine import Quarantine
from ingestion.pulls import Feed


@dataclass(frozen=True)
class FeedStatus:
    """How a feed stands: its last pull, whether it is fresh, its records over all pulls, what waits."""

    system: str
    source: str
    entity: str
    status: str
    last_completed_at: datetime | None
    fresh_within_days: int
    is_fresh: bool
    pulls: int
    records_read: int
    records_landed: int
    records_known: int
    records_quarantined: int
    records_deleted: int
    quarantine_waiting: int
    items_held: int
    windows_open: list[str]
    error: str | None

    def as_json(self) -> dict[str, Any]:
        """The same for machines: times as ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }


def status(environment: Environment) -> list[FeedStatus]:
    """One entry per feed that was ever pulled, by name."""
    known = systems.load_all()
    feeds: dict[Feed, list[Mapping[str, Any]]] = {}
    for pull in Ledger(environment).pulls():
        feeds.setdefault(Feed(pull["system"], pull["source"], pull["entity"]), []).append(pull)
    return [_feed_status(environment, known, feed, feeds[feed]) for feed in sorted(feeds, key=lambda feed: str(feed))]


def _feed_status(
    environment: Environment,
    known: Mapping[str, System],
    feed: Feed,
    pulls: list[Mapping[str, Any]],
) -> FeedStatus:
    completed = [pull for pull in pulls if pull["status"] == "completed"]
    waiting = Quarantine(environment).open_items(feed)
    last = max((pull["finished_at"] for pull in _usable(completed, {pull_id for pull_id, _ in waiting})), default=None)
    limit = known[feed.system].fresh_within_days if feed.system in known else 1

    def total(name: str) -> int:
        return sum(pull[name] or 0 for pull in completed)

    newest = max(pulls, key=lambda pull: (pull["started_at"], pull["sequence"] or 0))
    return FeedStatus(
        **feed.columns,
        status=newest["status"],
        last_completed_at=max((pull["finished_at"] for pull in completed), default=None),
        fresh_within_days=limit,
        is_fresh=last is not None and times.now() - last <= timedelta(days=limit),
        pulls=len(completed),
        records_read=total("records_read"),
        records_landed=total("records_landed"),
        records_known=total("records_known"),
        records_quarantined=total("records_quarantined"),
        records_deleted=total("records_deleted"),
        quarantine_waiting=sum(waiting.values()),
        items_held=newest["items_held"] or 0,
        windows_open=_windows_open(environment, feed),
        error=newest["error"],
    )


def _usable(completed: list[Mapping[str, Any]], waiting: set[str]) -> list[Mapping[str, Any]]:
    """The pulls before the first of which every new file was refused and waits in quarantine, with none read since."""
    last_read = max((pull["sequence"] for pull in completed if pull["items_read"]), default=0)
    refused = [
        pull["sequence"]
        for pull in completed
        if pull["sequence"] > last_read and pull["items_refused"] and pull["pull_id"] in waiting
    ]
    return [pull for pull in completed if not refused or pull["sequence"] < min(refused)]


def _windows_open(environment: Environment, feed: Feed) -> list[str]:
    """The windows that could not be read, and that the next run asks for again."""
    items = Ledger(environment).items_done(feed)
    asked = ((Window.parse(item["name"]), item["status"] == "read") for item in items)
    return [str(window) for window in still_open((window, was_read) for window, was_read in asked if window)]
