"""Glue, where Athena finds tables: each Delta table of the lake is registered there once, and then never again.

What a Delta table's columns and partitions are stands in its own log: nothing has to be told when they change.
"""

import re
from collections.abc import Iterable
from typing import Any

from ingestion import aws
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import athena


def register(environment: Environment, tables: Iterable[tuple[str, str]]) -> list[str]:
    """Register the tables (room and name, such as `bronze` and `ecb_fx__daily_rates`) that Glue does not know yet.

    Returns what was registered. Two runs at once may both try; the second one finds it done.
    """
    wanted: dict[str, list[str]] = {}
    for room, table in tables:
        wanted.setdefault(room, []).append(table)
    glue = aws.client("glue")
    done = []
    for room, names in wanted.items():
        database = f"{environment.catalog_prefix}_{room}"
        known = _known(glue, database)
        if known is None:
            athena.run(environment, f"create schema if not exists `{database}`")
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
        athena.run(environment, statement)
    except StorelakeError as error:
        if not re.search(r"already.?exists", str(error), re.IGNORECASE):
            raise
