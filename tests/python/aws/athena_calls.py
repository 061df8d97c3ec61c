"""What several tests do with Athena's API."""

import time
from typing import Any


def wait(athena: Any, execution: str) -> dict[str, Any]:
    """Wait until an execution has ended."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        found: dict[str, Any] = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        if found["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{execution} did not end")
