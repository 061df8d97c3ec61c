"""Refused records as they came. They may hold personal values: they are read in the lake, and published nowhere."""

from collections.abc import Sequence
from typing import Any

from ingestion.environment import Environment
from ingestion.ledger import Ledger
from ingestion.pulls import Feed
from ingestion.quarantine import Quarantine


def refused(
    environment: Environment, systems: Sequence[str] = (), source: str | None = None, entity: str | None = None
) -> list[dict[str, Any]]:
    """The records in quarantine that wait, in the order in which they were refused."""
    feeds = {Feed(pull["system"], pull["source"], pull["entity"]) for pull in Ledger(environment).pulls()}
    wanted = [
        feed
        for feed in sorted(feeds, key=str)
        if (not systems or feed.system in systems) and source in (None, feed.source) and entity in (None, feed.entity)
    ]
    found = [row for feed in wanted for row in Quarantine(environment).open_records(feed)]
    return sorted(found, key=lambda row: (row["quarantined_at"], row["pull_id"], row["position"]))
