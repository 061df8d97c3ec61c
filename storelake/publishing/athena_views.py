"""Publishing on Athena: readers have views of gold, each pinned to one audited state of a table.

A published set is a record in the bucket: which state of which table. It is written first, under a number that only
one run can take; then the views follow it. Whoever is stopped between the two leaves views that the next call moves.
"""

import base64
import csv
import json
import re
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from ingestion import times
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import athena, bucket
from storelake.athena import glue_tables
from storelake.athena.glue_tables import Table
from storelake.publishing import gates

_AT_ONCE = 4
_TRIES = 5


@dataclass(frozen=True)
class Pin:
    """One state of a table: the name under which it stays, its metadata, and the snapshot that is in it."""

    name: str
    metadata: str
    snapshot: int


@dataclass(frozen=True)
class PublishedViews:
    """What gold is at a moment. `shows` is the number of the set that it repeats, after a rollback."""

    number: int
    published_at: str
    tables: dict[str, Pin] = field(repr=False)
    shows: int

    @property
    def at(self) -> datetime:
        """When it was published, UTC."""
        return datetime.fromisoformat(self.published_at)


def publish(environment: Environment) -> tuple[PublishedViews, int]:
    """Let the views follow gold as it was built; the set, and how many tables in it are others than before.

    Where nothing is new, no set is added. Raises NotGreen where a gate is not green over what was built.
    """
    _make_databases(environment)
    for _ in range(_TRIES):
        before = newest(environment)
        books = _books(environment)
        _demand_green(environment, books)
        built = [one for one in glue_tables.tables(environment, "work_gold") if not one.is_temporary]
        if not built:
            raise StorelakeError("There is nothing to publish yet: run storelake build.")
        tables, new = _pinned(environment, built, before, before.number + 1 if before else 1)
        if _books(environment) != books:
            # A run that somebody typed has begun meanwhile: what is pinned may be in the middle of it.
            continue
        if before and before.tables == tables:
            apply(environment, before)
            return before, 0
        if added := _add(environment, before, tables):
            apply(environment, added)
            return added, new
    raise StorelakeError("Others published again and again meanwhile: call again when they have ended.")


def _books(environment: Environment) -> str | None:
    """The state of the table that tells what is not green; each run of dbt changes it as it begins and as it ends."""
    found = (one.metadata for one in glue_tables.tables(environment, "ops") if one.name == "open_gates")
    return next(found, None)


def _demand_green(environment: Environment, books: str | None) -> None:
    if books is None:
        raise gates.NotGreen
    query = gates.QUERY.format(f'"{environment.catalog_prefix}_ops"."open_gates"')
    said = bucket.read(athena.run(environment, query)).decode()
    found = [gates.Gate(*row) for row in csv.reader(said.splitlines()[1:])]
    if found:
        raise gates.NotGreen(found)


def roll_back(environment: Environment, number: int | None = None) -> PublishedViews:
    """Show an earlier set that is still kept: the one of this number, or the one before what is shown now."""
    kept = {one.number: one for one in records(environment)}
    if not kept:
        raise StorelakeError("Nothing is published yet: run storelake build.")
    latest = kept[max(kept)]
    earlier = [one.number for one in kept.values() if one.shows == one.number and one.number < latest.shows]
    wanted = max(earlier, default=None) if number is None else number
    if wanted is None or wanted not in kept:
        known = ", ".join(str(one) for one in sorted(kept)) or "none"
        asked = "There is no earlier set" if wanted is None else f"There is no set {wanted}"
        raise StorelakeError(f"{asked}: kept are {known}.")
    chosen = kept[wanted]
    added = _add(environment, latest, chosen.tables, shows=chosen.shows)
    if added is None:
        raise StorelakeError("Somebody else published meanwhile: look at it, and call again.")
    apply(environment, added)
    return added


def finish(environment: Environment) -> None:
    """Move the views that a run left behind which was stopped in the middle of publishing."""
    if latest := newest(environment):
        apply(environment, latest)


def records(environment: Environment) -> list[PublishedViews]:
    """The sets that are kept, the oldest first."""
    uris = sorted(one.uri for one in bucket.objects(_folder(environment)) if one.uri.endswith(".json"))
    return [_read(uri) for uri in uris]


def newest(environment: Environment) -> PublishedViews | None:
    """What readers are to see; None where nothing was published yet."""
    uris = [one.uri for one in bucket.objects(_folder(environment)) if one.uri.endswith(".json")]
    return _read(max(uris)) if uris else None


def forget(environment: Environment, found: PublishedViews) -> None:
    """Take a set away: nobody can go back to it any more. Its tables stay until nothing names them."""
    bucket.delete([_uri(environment, found.number)])


def apply(environment: Environment, wanted: PublishedViews) -> None:
    """Make the views those of a set. Each is moved by one statement: readers see the old state, then the new one."""
    found = glue_tables.tables(environment, glue_tables.READERS)
    for one in found:
        # A table in the place of a view: dbt once built gold where people read it.
        if one.metadata and one.location.startswith(f"{environment.root}/build/"):
            glue_tables.forget(one)
    shown = {one.name: _pin_of(one) for one in found if not one.metadata}
    stale = [name for name, pin in wanted.tables.items() if shown.get(name) != pin.name]
    gone = [name for name in shown if name not in wanted.tables]
    statements = [_view(environment, name, wanted.tables[name]) for name in stale]
    statements += [f'drop view "{environment.catalog_prefix}_{glue_tables.READERS}"."{name}"' for name in gone]
    if statements:
        athena.client()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="publish") as pool:
            for done in [pool.submit(athena.run, environment, one) for one in statements]:
                done.result()


def _view(environment: Environment, name: str, pin: Pin) -> str:
    prefix = environment.catalog_prefix
    return (
        f'create or replace view "{prefix}_{glue_tables.READERS}"."{name}" as '
        f'select * from "{prefix}_{glue_tables.PINS}"."{pin.name}" for version as of {pin.snapshot}'
    )


def _pin_of(view: Table) -> str | None:
    """The pin that a view reads; its query is in Glue as Presto writes it there."""
    text = view.about.get("ViewOriginalText", "")
    if not (found := re.search(r"/\* Presto View: (\S+) \*/", text)):
        return None
    query = json.loads(base64.b64decode(found[1]))["originalSql"]
    named = re.search(rf'_{glue_tables.PINS}"?\."?(\w+)', query)
    return named[1] if named else None


def _pinned(
    environment: Environment, built: Iterable[Table], before: PublishedViews | None, number: int
) -> tuple[dict[str, Pin], int]:
    """A pin for each table: the one that it has, where nothing changed, or one of its own."""
    known = {pin.metadata: pin for pin in before.tables.values()} if before else {}
    found: dict[str, Pin] = {}
    new = 0
    for table in built:
        if not table.metadata:
            raise StorelakeError(f"{table.name} is no table: only a table of gold can be published.")
        pin = known.get(table.metadata)
        if pin is None:
            # A name of its own, whoever else is publishing under the same number.
            pin = Pin(
                f"{table.name}__{number}_{secrets.token_hex(3)}",
                table.metadata,
                glue_tables.metadata(table)["current-snapshot-id"],
            )
            glue_tables.pin(environment, table, pin.name)
            new += 1
        found[table.name] = pin
    return found, new


def _add(
    environment: Environment, before: PublishedViews | None, tables: dict[str, Pin], shows: int | None = None
) -> PublishedViews | None:
    """Write the record of a new set; None where another run took its number meanwhile."""
    number = before.number + 1 if before else 1
    added = PublishedViews(number, times.now().isoformat(), tables, shows or number)
    said = {
        "published_at": added.published_at,
        "shows": added.shows,
        "tables": {name: vars(pin) for name, pin in sorted(tables.items())},
    }
    is_mine = bucket.write_new(_uri(environment, number), json.dumps(said, indent=1).encode())
    return added if is_mine else None


def _read(uri: str) -> PublishedViews:
    said = json.loads(bucket.read(uri))
    number = int(uri.rsplit("/", 1)[1].removesuffix(".json"))
    tables = {name: Pin(**pin) for name, pin in said["tables"].items()}
    return PublishedViews(number, said["published_at"], tables, said["shows"])


def _folder(environment: Environment) -> str:
    return f"{environment.root}/published"


def _uri(environment: Environment, number: int) -> str:
    return f"{_folder(environment)}/{number:08}.json"


def _make_databases(environment: Environment) -> None:
    for room in (glue_tables.READERS, glue_tables.PINS):
        name = f"{environment.catalog_prefix}_{room}"
        try:
            glue_tables.glue().get_database(Name=name)
        except glue_tables.glue().exceptions.EntityNotFoundException:
            athena.run(environment, f"create schema if not exists `{name}`")
