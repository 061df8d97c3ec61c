"""Maintenance of what dbt built on Athena: sets, tables and files that nothing needs any more go, and nothing else.

An object is removed only if its place is one that dbt-athena gives to a table (`build/<database>/<table>/<uuid>/data`
or `…/metadata`), if no table of Glue is at that place, and if nothing was written there for as long as is asked for.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ingestion import times
from ingestion.environment import Environment
from ingestion.lake import athena, bucket
from storelake.athena import glue_tables
from storelake.athena.glue_tables import Table
from storelake.publishing import athena_views

SETS_KEPT = timedelta(days=3)
"""How long one can go back to a published set: less than what VACUUM leaves."""
_VACUUM_KEEPS = timedelta(days=5)
"""How old a snapshot must be for VACUUM to remove it, where a table does not say (Athena's documentation)."""
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def vacuum(environment: Environment, keep: timedelta, now: datetime | None = None) -> Iterator[str]:
    """Remove what was of no use for longer than `keep`; a sentence for each kind of thing that was removed.

    `keep` must be longer than any build and any query takes.
    """
    now = now or times.now()
    if forgotten := _forget_sets(environment, now - min(keep, SETS_KEPT)):
        yield f"{_counted(forgotten, 'published set')} that one could go back to"
    if dropped := _forget_tables(environment, now - keep):
        yield f"{_counted(dropped, 'table')} that runs left behind, or that no published set names"
    if cleaned := _vacuum(environment, now):
        yield f"old snapshots of {_counted(cleaned, 'table')}"
    files, freed = _remove_files(environment, now - keep)
    if files:
        yield f"{_counted(files, 'file')} of tables that were replaced ({freed:,} bytes)"


def needs_vacuum(metadata: dict[str, Any], pinned: set[int], now: datetime) -> bool:
    """Whether VACUUM has something to remove from a table, and would leave all that is `pinned`.

    It goes by a snapshot's age alone, whoever still reads it, but for the current one.
    """
    current = metadata.get("current-snapshot-id")
    bound = (now - _VACUUM_KEEPS).timestamp() * 1000
    old = {one["snapshot-id"] for one in metadata.get("snapshots", ()) if one["timestamp-ms"] < bound}
    return bool(old - {current}) and not (old - {current}) & pinned


def _forget_sets(environment: Environment, until: datetime) -> int:
    found = athena_views.records(environment)
    # The one that readers see stays, however old.
    old = [one for one in found[:-1] if one.at < until]
    for one in old:
        athena_views.forget(environment, one)
    return len(old)


def _forget_tables(environment: Environment, until: datetime) -> int:
    """Take out of Glue what killed runs left, and states that no set names; their files go when their time comes."""
    named = _pins(environment)
    left = [one for room in glue_tables.ROOMS for one in glue_tables.tables(environment, room) if one.is_temporary]
    left += [one for one in glue_tables.tables(environment, glue_tables.PINS) if one.name not in named]
    old = [one for one in left if one.changed < until]
    for one in old:
        glue_tables.forget(one)
    return len(old)


def _vacuum(environment: Environment, now: datetime) -> int:
    pinned = {pin.snapshot for found in athena_views.records(environment) for pin in found.tables.values()}
    chosen = [
        table
        for room in glue_tables.ROOMS
        for table in glue_tables.tables(environment, room)
        if table.metadata and not table.is_temporary and needs_vacuum(glue_tables.metadata(table), pinned, now)
    ]
    for table in chosen:
        athena.run(environment, f'vacuum "{table.database}"."{table.name}"')
    return len(chosen)


def _remove_files(environment: Environment, until: datetime) -> tuple[int, int]:
    """Remove the files at places of tables where no table is; how many, and their bytes."""
    places: dict[str, list[bucket.Held]] = {}
    for room in glue_tables.ROOMS:
        root = f"{environment.root}/build/{environment.catalog_prefix}_{room}"
        shape = re.compile(rf"({re.escape(root)}/[^/]+/{_UUID})/(data|metadata)/.+")
        for one in bucket.objects(root):
            if found := shape.fullmatch(one.uri):
                places.setdefault(found[1], []).append(one)
    old = {place: held for place, held in places.items() if max(one.modified for one in held) < until}
    # Looked up after the files were: a table that is being made has young files, and is seen here once it is there.
    used = _used(environment) if old else set()
    removed = [one for place, held in old.items() if place not in used for one in held]
    bucket.delete(one.uri for one in removed)
    return len(removed), sum(one.size for one in removed)


def _used(environment: Environment) -> set[str]:
    """The places of all tables, also of those that only published sets name."""
    rooms = (*glue_tables.ROOMS, glue_tables.READERS, glue_tables.PINS)
    return {_place(one) for room in rooms for one in glue_tables.tables(environment, room)}


def _place(table: Table) -> str:
    return table.location.rstrip("/").replace("s3a://", bucket.SCHEME)


def _pins(environment: Environment) -> set[str]:
    return {pin.name for found in athena_views.records(environment) for pin in found.tables.values()}


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
