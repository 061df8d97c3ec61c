"""Statements to Trino by its REST protocol.

Not by Trino's own client: it fetches until there are rows, so that nobody could watch what a statement scans.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.aws.front import errors
from sandbox.aws.trino import CATALOG

_BUSY = (429, 502, 503, 504)


class Failed(Exception):
    """Trino did not do it."""

    def __init__(self, failure: errors.Failure) -> None:
        """With what Athena would say."""
        super().__init__(failure.reason)
        self.failure = failure


@dataclass
class Progress:
    """What a statement has done so far, and what its rows look like."""

    columns: list[dict[str, Any]] = field(default_factory=list)
    scanned_bytes: int = 0
    engine_ms: int = 0
    queued_ms: int = 0
    planning_ms: int = 0
    update_type: str | None = None
    update_count: int | None = None


class Engine:
    """One Trino."""

    def __init__(self, url: str) -> None:
        """At its URL."""
        self._url = url
        self._client = httpx.Client(timeout=120)

    def run(
        self, statement: str, schema: str, progress: Progress, is_unwanted: Callable[[], bool]
    ) -> Iterator[list[Any]]:
        """Run one statement and yield its rows, while `progress` is kept up; it is cancelled once it is unwanted."""
        answer = self._ask("POST", f"{self._url}/v1/statement", content=statement.encode(), headers=_headers(schema))
        while True:
            _note(answer, progress)
            if error := answer.get("error"):
                raise Failed(errors.of_trino(error))
            following = answer.get("nextUri")
            if following and is_unwanted():
                self._client.delete(following)
                return
            yield from answer.get("data") or ()
            if not following:
                return
            answer = self._ask("GET", following)

    def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        for _ in range(100):
            said = self._client.request(method, url, **more)
            if said.status_code not in _BUSY:
                said.raise_for_status()
                found: dict[str, Any] = said.json()
                return found
            time.sleep(0.1)
        raise Failed(errors.of_fault(TimeoutError("the engine does not answer")))


def _headers(schema: str) -> dict[str, str]:
    return {
        "X-Trino-User": "athena",
        "X-Trino-Catalog": CATALOG,
        "X-Trino-Schema": schema,
        "X-Trino-Time-Zone": "UTC",
        "X-Trino-Source": "athena",
        # Without it all times have milliseconds.
        "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
    }


def _note(answer: dict[str, Any], progress: Progress) -> None:
    stats = answer.get("stats", {})
    progress.columns = answer.get("columns") or progress.columns
    progress.scanned_bytes = max(progress.scanned_bytes, stats.get("physicalInputBytes", 0))
    progress.engine_ms = stats.get("elapsedTimeMillis", 0)
    progress.queued_ms = stats.get("queuedTimeMillis", 0)
    progress.planning_ms = stats.get("planningTimeMillis", 0)
    progress.update_type = answer.get("updateType") or progress.update_type
    if answer.get("updateCount") is not None:
        progress.update_count = answer["updateCount"]
