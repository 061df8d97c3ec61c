"""Reading what is published."""

from typing import Any

import duckdb

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake.publish import published_file


def connect(environment: Environment) -> duckdb.DuckDBPyConnection:
    """The published file, read-only; an error says what to run where there is none."""
    path = published_file(environment)
    if not path.exists():
        raise StorelakeError("Nothing is published yet: run storelake build (or make build).")
    return duckdb.connect(str(path), read_only=True)


def rows(database: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    found = database.execute(query, parameters or [])
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
