"""Glue, where Athena finds tables: each Delta table of the lake is registered there once, and then never again.

What a Delta table's columns and partitions are stands in its own log: nothing has to be told when they change.
"""

import re
import time
from collections.abc import Iterable
from typing import Any

from ingestion.environment import Environment
from ingestion.errors import StorelakeError

_PATIENCE = 120.0


def register(environment: Environment, tables: Iterable[tuple[str, str]]) -> list[str]:
    """Register the tables (room and name, such as `bronze` and `ecb_fx__daily_rates`) that Glue does not know yet.

    Returns what was registered. Two runs at once may both try; the second one finds it done.
    """
    import boto3  # noqa: PLC0415

    wanted: dict[str, list[str]] = {}
    for room, table in tables:
        wanted.setdefault(room, []).append(table)
    glue = boto3.client("glue")
    done = []
    for room, names in wanted.items():
        database = f"{environment.catalog_prefix}_{room}"
        known = _known(glue, database)
        if known is None:
            _run(environment, f"create schema if not exists `{database}`")
        for name in names:
            if name not in (known or ()):
                _register(environment, database, name, f"{environment.root}/{room}/{name}/")
                done.append(f"{database}.{name}")
    return done


def _known(glue: Any, database: str) -> set[str] | None:
    """The tables of a database; None where there is no such database."""
    try:
        pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
        return {table["Name"] for page in pages for table in page["TableList"]}
    except glue.exceptions.EntityNotFoundException:
        return None


def _register(environment: Environment, database: str, name: str, location: str) -> None:
    statement = (
        f"create external table `{database}`.`{name}` location '{location}' tblproperties ('table_type' = 'DELTA')"
    )
    try:
        _run(environment, statement)
    except StorelakeError as error:
        if not re.search(r"already.?exists", str(error), re.IGNORECASE):
            raise


def _run(environment: Environment, statement: str) -> None:
    import boto3  # noqa: PLC0415

    athena = boto3.client("athena")
    place = {"ResultConfiguration": {"OutputLocation": environment.staging}} if environment.staging else {}
    started = athena.start_query_execution(QueryString=statement, **place)["QueryExecutionId"]
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] in ("FAILED", "CANCELLED"):
            raise StorelakeError(f"Athena could not do `{statement}`: {status.get('StateChangeReason')}")
        time.sleep(0.2)
    raise StorelakeError(f"Athena did not finish `{statement}` within {_PATIENCE:.0f} seconds.")
