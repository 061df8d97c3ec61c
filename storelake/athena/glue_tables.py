"""What dbt built on Athena, as Glue tells it: tables, and where the Iceberg metadata lies that says what is in them."""

import functools
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ingestion import aws
from ingestion.environment import Environment
from ingestion.lake import bucket

ROOMS = ("silver", "work_gold", "ops", "seeds")
"""What dbt builds in, behind the prefix of Glue's databases."""
READERS = "gold"
"""Views of audited gold."""
PINS = "published"
"""Tables that hold one audited state each, for the views."""
_FOR_A_MOMENT = re.compile(r"__(new|dbt_tmp|tmp_not_partitioned|dbt_backup)(_|$)")


@dataclass(frozen=True)
class Table:
    """An entry of Glue. `metadata` is the Iceberg metadata that it points to, none for a view."""

    database: str
    name: str
    metadata: str | None
    location: str
    changed: datetime
    about: dict[str, Any] = field(repr=False, compare=False)

    @property
    def is_temporary(self) -> bool:
        """Whether a run made it to be gone at its end; one that was killed leaves it."""
        return bool(_FOR_A_MOMENT.search(self.name))


def tables(environment: Environment, room: str) -> list[Table]:
    """What a database holds; nothing where there is no such database."""
    database = f"{environment.catalog_prefix}_{room}"
    try:
        pages = list(glue().get_paginator("get_tables").paginate(DatabaseName=database))
    except glue().exceptions.EntityNotFoundException:
        return []
    return [_table(database, about) for page in pages for about in page["TableList"]]


def metadata(table: Table) -> dict[str, Any]:
    """The Iceberg metadata of a table: its snapshots, and which one is the current one."""
    assert table.metadata is not None
    found: dict[str, Any] = json.loads(bucket.read(table.metadata))
    return found


def forget(table: Table) -> None:
    """Take a table out of Glue, and leave its files alone; one that is not there any more is no fault."""
    try:
        glue().delete_table(DatabaseName=table.database, Name=table.name)
    except glue().exceptions.EntityNotFoundException:
        return


def pin(environment: Environment, table: Table, name: str) -> None:
    """Make another table that says for ever what this one says now: it points to the same metadata, a file that never
    changes, and no statement ever writes to it."""
    storage = table.about["StorageDescriptor"]
    held = {"Columns": storage.get("Columns", []), "Location": table.location}
    glue().create_table(
        DatabaseName=f"{environment.catalog_prefix}_{PINS}",
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"table_type": "ICEBERG", "metadata_location": table.metadata},
            "StorageDescriptor": held,
        },
    )


@functools.cache
def glue() -> Any:
    """boto3's client for Glue."""
    return aws.client("glue")


def _table(database: str, about: dict[str, Any]) -> Table:
    return Table(
        database=database,
        name=about["Name"],
        metadata=about.get("Parameters", {}).get("metadata_location"),
        location=about.get("StorageDescriptor", {}).get("Location", ""),
        changed=about.get("UpdateTime") or about["CreateTime"],
        about=about,
    )
