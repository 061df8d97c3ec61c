"""Athena's history of a lake: the statements of builds, by what dbt writes above each of them."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from ingestion import times
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import athena

_AT_ONCE = 50
_COMMENT = re.compile(r"/\* (\{.*?\}) \*/", re.DOTALL)
_RUNNING = ("QUEUED", "RUNNING")
_LONGEST = timedelta(hours=4)
"""No statement runs longer: Athena's quota is half an hour, and may be raised to four."""
_PATIENCE = 300.0


def pages() -> Iterator[list[dict[str, Any]]]:
    """Athena's executions of the work group, the newest first, page by page."""
    listed = athena.client().get_paginator("list_query_executions").paginate(PaginationConfig={"PageSize": _AT_ONCE})
    for page in listed:
        if identities := page["QueryExecutionIds"]:
            said = athena.client().batch_get_query_execution(QueryExecutionIds=identities)["QueryExecutions"]
            named = {one["QueryExecutionId"]: one for one in said}
            yield [named[one] for one in identities if one in named]


def about(query: str) -> dict[str, Any]:
    """The run, the schema and the node that a statement is for; nothing where a build did not write it."""
    found = _COMMENT.search(query)
    try:
        said = json.loads(found[1]) if found else {}
    except ValueError:
        return {}
    return said if isinstance(said, dict) and said.get("app") == "storelake" else {}


def settle(environment: Environment, tell: Callable[[str], None]) -> None:
    """Stop the statements of a build that is not there any more, and wait until they have ended.

    Athena goes on with what a killed process has begun: an INSERT that is committed behind a new build's back would
    bring the same versions twice. Whoever calls this must hold the lake's turn.
    """
    left = list(_left(environment))
    if not left:
        return
    tell(f"Stopping {len(left)} of Athena's statements, left by a build that was killed …")
    for one in left:
        athena.client().stop_query_execution(QueryExecutionId=one)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if not list(_left(environment)):
            return
        time.sleep(0.5)
    raise StorelakeError("Statements that an earlier build began do not end: call again when Athena has stopped them.")


def _left(environment: Environment) -> Iterator[str]:
    since = times.now() - _LONGEST
    for page in pages():
        for one in page:
            is_ours = about(one["Query"]).get("schema") == environment.catalog_prefix
            if is_ours and one["Status"]["State"] in _RUNNING:
                yield one["QueryExecutionId"]
        if page and page[-1]["Status"]["SubmissionDateTime"] < since:
            return
