"""Refused records as they came. They may hold personal values: they are read in the lake, and published nowhere."""

from collections.abc import Iterator, Sequence
from typing import Any

from ingestion.environment import Environment
from ingestion.load.ledger import Ledger
from ingestion.load.quarantine import Quarantine
from ingestion.pulls import Feed
from storelake.publishing import published_gold
from storelake.publishing.duckdb_file import published_file

_UNTYPED = """
    select pull_id, system, source, entity, rule, field, reason, quarantined_at, position, _record_key
    from ops.silver_refusals
    where ($1 = [] or system in (select unnest($1))) and coalesce($2, source) = source and coalesce($3, entity) = entity
"""
_DOCUMENTS = """
    select _pull_id as pull_id, _position as position, _document as document, _source_uri as source_uri
    from read_parquet($1) where _pull_id in (select unnest($2))
"""


def refused(
    environment: Environment, systems: Sequence[str] = (), source: str | None = None, entity: str | None = None
) -> list[dict[str, Any]]:
    """The records that wait, in the order in which they were refused: those in quarantine, and those of bronze that
    silver could not type, as the published `ops.silver_refusals` has them."""
    feeds = {Feed(pull["system"], pull["source"], pull["entity"]) for pull in Ledger(environment).pulls()}
    wanted = [
        feed
        for feed in sorted(feeds, key=str)
        if (not systems or feed.system in systems) and source in (None, feed.source) and entity in (None, feed.entity)
    ]
    found = [row for feed in wanted for row in Quarantine(environment).open_records(feed)]
    if not environment.bucket and published_file(environment).exists():
        found += _untyped(environment, systems, source, entity)
    return sorted(found, key=lambda row: (row["quarantined_at"].replace(tzinfo=None), row["pull_id"], row["position"]))


def _untyped(
    environment: Environment, systems: Sequence[str], source: str | None, entity: str | None
) -> Iterator[dict[str, Any]]:
    """What silver could not type, with the document out of bronze."""
    with published_gold.connect(environment) as database:
        rows = published_gold.rows(database, _UNTYPED, [list(systems), source, entity])
        tables = sorted({(row["system"], row["entity"]) for row in rows})
        for system, name in tables:
            those = [row for row in rows if (row["system"], row["entity"]) == (system, name)]
            files = _files(environment, system, name, {row["source"] for row in those})
            pulls = sorted({row["pull_id"] for row in those})
            held = {
                (one["pull_id"], one["position"]): one
                for one in published_gold.rows(database, _DOCUMENTS, [files, pulls])
            }
            for row in those:
                yield {**row, "document": None, "source_uri": None, **held.get((row["pull_id"], row["position"]), {})}


def _files(environment: Environment, system: str, entity: str, sources: set[str]) -> list[str]:
    from deltalake import DeltaTable  # noqa: PLC0415

    bronze = DeltaTable(environment.bronze(system, entity))
    return list(bronze.file_uris(partition_filters=[("source", "in", sorted(sources))]))
