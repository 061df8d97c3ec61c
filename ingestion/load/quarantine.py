"""What was refused, why, and what became of it."""

from collections.abc import Container, Iterable
from itertools import chain, islice
from typing import Any

from ingestion import times
from ingestion.environment import Environment
from ingestion.lake import delta, schemas
from ingestion.load.ledger import Ledger
from ingestion.pulls import Feed, Pull, Reject

_AT_ONCE = 50_000
"""Refused records in one commit: more would be held in memory a second time."""


class Quarantine:
    """The quarantine of one lake: refused records as they came, append-only like everything else."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def write(self, pull: Pull, more: Iterable[Reject] = ()) -> None:
        """Write what the pull refused, `more`, and what it read again; all count once the pull is complete."""
        at = times.now()
        rows = (
            {
                "pull_id": pull.pull_id,
                "position": position,
                **pull.feed.columns,
                "rule": reject.rule,
                "field": reject.field,
                "reason": reject.reason,
                "document": reject.document,
                "source_uri": reject.source_uri,
                "content_hash": reject.content_hash,
                "quarantined_at": at,
            }
            for position, reject in enumerate(chain(pull.rejects, more), 1)
        )
        replays = [
            {"pull_id": old, "content_hash": content_hash, "replay_pull_id": pull.pull_id, "replayed_at": at}
            for old, content_hash in pull.replays
        ]
        # Opened also where nothing was refused: dbt reads the tables from the first run on.
        uri = self._environment.ledger("quarantine")
        delta.append_rows(uri, schemas.QUARANTINE, [], statistics=["pull_id"])
        while some := list(islice(rows, _AT_ONCE)):
            delta.append_rows(uri, schemas.QUARANTINE, some, statistics=["pull_id"])
        delta.append_rows(
            self._environment.ledger("quarantine_replays"), schemas.QUARANTINE_REPLAYS, replays, statistics=["pull_id"]
        )

    def open_items(self, feed: Feed) -> dict[tuple[str, str], int]:
        """How many refused records wait, by pull id and content hash of their item."""
        waiting: dict[tuple[str, str], int] = {}
        for row in self._open(feed, ["pull_id", "content_hash"]):
            item = (row["pull_id"], row["content_hash"])
            waiting[item] = waiting.get(item, 0) + 1
        return waiting

    def open_records(self, feed: Feed) -> list[dict[str, Any]]:
        """The refused records that wait, as they came."""
        return self._open(feed, None)

    def replayed(self, complete: Container[str] | None = None) -> set[tuple[str, str]]:
        """Pull id and content hash of the items that do not wait any more: read again, replaced or closed."""
        complete = Ledger(self._environment).sequences() if complete is None else complete
        return {
            (row["pull_id"], row["content_hash"])
            for row in delta.rows(self._environment.ledger("quarantine_replays"))
            if row["replay_pull_id"] in complete
        }

    def _open(self, feed: Feed, columns: list[str] | None) -> list[dict[str, Any]]:
        complete = Ledger(self._environment).sequences()
        replayed = self.replayed(complete)
        return [
            row
            for row in delta.rows(self._environment.ledger("quarantine"), columns, feed.columns)
            if row["pull_id"] in complete and (row["pull_id"], row["content_hash"]) not in replayed
        ]
