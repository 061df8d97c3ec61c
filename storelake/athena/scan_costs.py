"""What a build cost on Athena: bytes scanned, rows, seconds and dollars of each node, out of Athena's own history."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingestion.environment import Environment
from storelake.athena import query_history
from storelake.dbt_runner.runner import Node

DOLLARS_PER_TB = 5.0
"""The listed price; a TB of 10¹² bytes, which is never too little."""
_LEAST = 10_000_000
"""Bytes that each query is charged with at least."""
_ROWS = re.compile(r"select '\{\"rowcount\":(\d+)", re.IGNORECASE)


@dataclass
class Cost:
    """What the statements of one node came to; `rows` are those that its last one wrote."""

    node: str
    statements: int = 0
    scanned_bytes: int = 0
    charged_bytes: int = 0
    seconds: float = 0.0
    rows: int | None = None

    @property
    def dollars(self) -> float:
        """At the listed price."""
        return self.charged_bytes / 1e12 * DOLLARS_PER_TB

    @property
    def megabytes(self) -> float:
        """Bytes scanned, in millions."""
        return self.scanned_bytes / 1e6


def of_build(environment: Environment, run: str | None = None, since: datetime | None = None) -> list[Cost]:
    """The cost of each node of a run of dbt, the dearest first; where none is named, of the latest one.

    `since` is when it began. Without it, the run is over where a whole page of the history has nothing of it.
    """
    found: dict[str, Cost] = {}
    for page in query_history.pages():
        is_over = bool(found)
        for execution in page:
            about = query_history.about(execution["Query"])
            if about.get("schema") != environment.catalog_prefix:
                continue
            run = run or about.get("run")
            if about.get("run") != run:
                continue
            is_over = False
            node = about.get("node") or "storelake"
            _add(found.setdefault(node, Cost(node)), execution)
        if is_over if since is None else page and page[-1]["Status"]["SubmissionDateTime"] < since:
            break
    return sorted(found.values(), key=lambda cost: cost.scanned_bytes, reverse=True)


def over_budget(costs: Iterable[Cost], nodes: Iterable[Node]) -> list[str]:
    """The nodes whose statements together scanned more than their `max_scan_mb` allows, in words."""
    budgets = {node.identity: node.max_scan_mb for node in nodes if node.max_scan_mb is not None}
    return [
        f"{cost.node.rsplit('.', 1)[-1]} scanned {cost.megabytes:,.1f} MB in {cost.statements} statements: "
        f"its max_scan_mb allows {budgets[cost.node]:,.1f}."
        for cost in costs
        if cost.node in budgets and cost.megabytes > budgets[cost.node]
    ]


def charged(execution: dict[str, Any]) -> int:
    """Bytes that a statement is charged for: none where it scanned nothing or failed, else 10 MB or more."""
    scanned: int = execution["Statistics"].get("DataScannedInBytes", 0)
    return max(scanned, _LEAST) if scanned and execution["Status"]["State"] != "FAILED" else 0


def _add(cost: Cost, execution: dict[str, Any]) -> None:
    statistics = execution["Statistics"]
    cost.statements += 1
    cost.scanned_bytes += statistics.get("DataScannedInBytes", 0)
    cost.charged_bytes += charged(execution)
    cost.seconds += statistics.get("EngineExecutionTimeInMillis", 0) / 1000
    # dbt-athena ends a node with a statement that says what the one before it did; the newest comes first.
    if cost.rows is None and (said := _ROWS.search(execution["Query"])):
        cost.rows = int(said[1])
