"""What was pulled: events of pulls, their items, and the sequence that a pull gets when it completes."""

import importlib.metadata
import json
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from deltalake import DeltaTable

from ingestion import scratch, times
from ingestion.environment import Environment
from ingestion.errors import Overtaken, StorelakeError, explain
from ingestion.lake import delta, schemas
from ingestion.pulls import Counts, Feed, ItemStatus, Pull

SEQUENCE = "sequence"
_ATTEMPTS = 100
_STATISTICS = ("pull_id", "status")


@dataclass(frozen=True)
class Statement:
    """What the newest completed pull said of one part of a source: how many records, and in which file."""

    sequence: int
    records: int
    name: str
    content_hash: str | None
    size_bytes: int | None
    modified_at: datetime | None


class Ledger:
    """The ledger of one lake. Every method reads the lake anew: nothing is remembered between calls."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    # ---------- writing ----------

    def start(self, pull: Pull) -> None:
        """Record that a pull runs."""
        self._append_event(pull.facts(), "running")

    def fail(self, pull: Pull, error: BaseException) -> None:
        """Record that a pull has ended without landing anything."""
        self._append_event(pull.facts(), "failed", error=explain(error), finished_at=times.now())

    def write_items(self, pull: Pull) -> None:
        """Write the pull's items; they count once the pull is complete."""
        rows = [
            {
                **pull.feed.columns,
                "pull_id": pull.pull_id,
                "item": number,
                "name": item.name,
                "status": item.status,
                "reason": item.reason,
                "content_hash": item.content_hash,
                "size_bytes": item.size_bytes,
                "modified_at": item.modified_at,
                "records_read": item.records_read,
                "records_quarantined": item.records_quarantined,
                "parts": json.dumps(dict(item.parts)) if item.parts else None,
                "drift": ", ".join(item.drift) or None,
                "raw_uri": item.raw_uri,
                "recorded_at": times.now(),
            }
            for number, item in enumerate(pull.items, 1)
        ]
        delta.append_rows(self._environment.ledger("pull_items"), schemas.PULL_ITEMS, rows, statistics=["pull_id"])

    def complete(self, facts: dict[str, Any], counts: Counts, *, transaction: int | None, notes: str | None) -> int:
        """Record that a pull is complete, and give it the lake's next sequence number, which is returned.

        The number is taken by compare-and-set: two pulls never get the same one, and no lower number can
        appear behind a reader. A pull that somebody else has completed meanwhile keeps the number it got.
        """
        uri = self._environment.ledger("pulls")
        for _ in range(_ATTEMPTS):
            with delta.current(uri, schemas.PULLS, statistics=_STATISTICS) as table:
                held = self._completed_sequence(table, facts["pull_id"])
                if held is not None:
                    return held
                sequence = (table.transaction_version(SEQUENCE) or 0) + 1
                event = {
                    **facts,
                    **counts.as_columns(),
                    "status": "completed",
                    "sequence": sequence,
                    "bronze_transaction": transaction,
                    "notes": notes,
                    "code_version": importlib.metadata.version("storelake"),
                    "finished_at": times.now(),
                    "recorded_at": times.now(),
                }
                with suppress(Overtaken):
                    delta.append_rows_once(table, schemas.PULLS, [event], (SEQUENCE, sequence))
                    return sequence
        raise StorelakeError("The ledger is too busy: no sequence number could be taken. Run the same command again.")

    def close_abandoned(self, pull_id: str) -> None:
        """Mark a pull as failed whose process is gone, unless it is complete."""
        facts = self.started_facts(pull_id)
        if facts is not None and pull_id not in self.sequences():
            self._append_event(
                facts,
                "failed",
                error="The process was stopped before this pull was committed; nothing of it was landed.",
                finished_at=times.now(),
            )

    # ---------- reading ----------

    def sequences(self) -> dict[str, int]:
        """The sequence number of each completed pull."""
        return {
            row["pull_id"]: row["sequence"]
            for row in delta.rows(self._environment.ledger("pulls"), ["pull_id", "sequence"], {"status": "completed"})
        }

    def abandoned(self) -> list[tuple[str, Feed]]:
        """The pulls that were left running by a process that is gone."""
        return [
            (event["pull_id"], Feed(event["system"], event["source"], event["entity"]))
            for event in self._latest_events()
            if event["status"] == "running" and not self._is_pulled(event)
        ]

    def completed_transaction(self, feed: Feed) -> int:
        """The highest bronze transaction of the feed that the ledger knows to be complete."""
        events = delta.rows(
            self._environment.ledger("pulls"),
            ["bronze_transaction"],
            {**feed.columns, "status": "completed"},
        )
        return max((event["bronze_transaction"] or 0 for event in events), default=0)

    def has_started(self, pull_id: str) -> bool:
        """Whether the ledger knows of a pull at all."""
        return bool(delta.rows(self._environment.ledger("pulls"), ["status"], {"pull_id": pull_id}))

    def started_facts(self, pull_id: str) -> dict[str, Any] | None:
        """What the `running` event of a pull says, or None."""
        events = delta.rows(self._environment.ledger("pulls"), None, {"pull_id": pull_id})
        return {name: events[0][name] for name in schemas.PULLS.names if name in _FACTS} if events else None

    def items_done(self, feed: Feed) -> list[dict[str, Any]]:
        """The items of completed pulls of a feed that were read or refused, oldest first, each with its `sequence`."""
        return self.items(feed, ("read", "refused"))

    def items(self, feed: Feed, statuses: Collection[ItemStatus] = get_args(ItemStatus)) -> list[dict[str, Any]]:
        """The items of completed pulls of a feed, oldest first, each with its `sequence`."""
        sequences = self.sequences()
        items = delta.rows(self._environment.ledger("pull_items"), None, feed.columns)
        found = [
            {**item, "sequence": sequences[item["pull_id"]]}
            for item in items
            if item["pull_id"] in sequences and item["status"] in statuses
        ]
        return sorted(found, key=lambda item: (item["sequence"], item["item"]))

    def all_items(self) -> list[dict[str, Any]]:
        """Where each item that was read or refused came from: its name and its place in the archive."""
        return delta.rows(self._environment.ledger("pull_items"), ["name", "raw_uri", "status"])

    @staticmethod
    def statements(items_done: Iterable[dict[str, Any]]) -> dict[str, Statement]:
        """For each part of a source, what its newest file said of it."""
        latest: dict[str, Statement] = {}
        for item in items_done:
            for part, records in Ledger.parts(item).items():
                about = (item[name] for name in ("name", "content_hash", "size_bytes", "modified_at"))
                latest[part] = Statement(item["sequence"], records, *about)
        return latest

    @staticmethod
    def parts(item: dict[str, Any]) -> dict[str, int]:
        """How many records an item stated for each part of its source."""
        stated: dict[str, int] = json.loads(item["parts"] or "{}")
        return stated

    def pulls(self) -> list[dict[str, Any]]:
        """One row per pull, its last event, in the order of their starts."""
        return sorted(self._latest_events(), key=lambda event: (event["started_at"], event["pull_id"]))

    # ---------- inside ----------

    def _is_pulled(self, event: dict[str, Any]) -> bool:
        """Whether the process that began a pull may still be at it: of a lake in a bucket, another machine may be."""
        is_used = scratch.is_used(self._environment.work, event["host"], event["process"], event["started_at"])
        if is_used is None and self._environment.bucket:
            return bool((times.now() - event["started_at"]).total_seconds() < scratch.LONG)
        return bool(is_used)

    def _latest_events(self) -> list[dict[str, Any]]:
        order = {"running": 0, "failed": 1, "completed": 2}
        latest: dict[str, dict[str, Any]] = {}
        for event in delta.rows(self._environment.ledger("pulls")):
            known = latest.get(event["pull_id"])
            if known is None or order[event["status"]] > order[known["status"]]:
                latest[event["pull_id"]] = event
        return list(latest.values())

    def _append_event(self, facts: dict[str, Any], status: str, **more: Any) -> None:
        event = {
            **facts,
            **more,
            "status": status,
            "code_version": importlib.metadata.version("storelake"),
            "recorded_at": times.now(),
        }
        delta.append_rows(self._environment.ledger("pulls"), schemas.PULLS, [event], statistics=_STATISTICS)

    @staticmethod
    def _completed_sequence(table: DeltaTable, pull_id: str) -> int | None:
        found = delta.rows_of(table, ["sequence"], {"pull_id": pull_id, "status": "completed"})
        return int(found[0]["sequence"]) if found else None


_FACTS = frozenset(Pull(Feed("", "", ""), "full", 0).facts())
