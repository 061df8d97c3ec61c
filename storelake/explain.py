"""From an order in gold back to where it came from: versions in bronze, pulls, raw files and lines."""

from dataclasses import dataclass
from typing import Any

import duckdb

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake.publishing import published_gold

_LINES = """
    select '{table}' as fact, system, source, order_id, order_date, sku, line_type, quantity, currency, net_amount,
        net_amount_reporting, reporting_currency, order_line_id
    from gold.{table} where order_id = ?
"""
_RECORDS = "select distinct _record_key from silver.int_order_line_versions where order_id = ?"


@dataclass(frozen=True)
class Explanation:
    """Gold's lines of an order, and the versions of their records with the pull and the raw line of each."""

    lines: list[dict[str, Any]]
    versions: list[dict[str, Any]]


def explain(environment: Environment, order_id: str) -> Explanation:
    """Where the lines of an order come from; an error where gold has no such order."""
    with published_gold.connect(environment) as database:
        tables = ("fct_order_lines", "fct_return_lines")
        query = (
            " union all ".join(_LINES.format(table=table) for table in tables) + " order by fact, sku, order_line_id"
        )
        lines = published_gold.rows(database, query, [order_id, order_id])
        if not lines:
            raise StorelakeError(f"Gold has no order '{order_id}'.")
        keys = [row["_record_key"] for row in published_gold.rows(database, _RECORDS, [order_id])]
        entities = published_gold.rows(
            database, "select distinct system, entity from ops.pulls where status = 'completed' and records_landed > 0"
        )
    versions: list[dict[str, Any]] = []
    for system in {line["system"] for line in lines}:
        for entity in (row["entity"] for row in entities if row["system"] == system):
            versions += _versions(environment, system, entity, {line["source"] for line in lines}, keys)
    return Explanation(lines, versions)


def _versions(
    environment: Environment, system: str, entity: str, sources: set[str], keys: list[str]
) -> list[dict[str, Any]]:
    from deltalake import DeltaTable  # noqa: PLC0415

    from ingestion.lake import delta  # noqa: PLC0415
    from ingestion.load.ledger import Ledger  # noqa: PLC0415

    bronze = DeltaTable(environment.bronze(system, entity))
    files = [path for source in sorted(sources) for path in delta.paths(bronze, source=source)]
    with duckdb.connect() as database:
        found = published_gold.rows(
            database,
            """
            select _record_key, _operation, _pull_id, _position, _ingested_at, _source_uri
            from read_parquet($1) where _record_key in (select unnest($2))
            """,
            [files, keys],
        )
    pulls = {pull["pull_id"]: pull for pull in Ledger(environment).pulls()}
    items = {item["raw_uri"]: item["name"] for item in Ledger(environment).all_items() if item["raw_uri"]}
    for version in found:
        pull = pulls.get(version["_pull_id"], {})
        version["sequence"], version["pulled_at"] = pull.get("sequence"), pull.get("started_at")
        version["file"] = items.get((version["_source_uri"] or "").split("#")[0])
    return sorted(found, key=lambda v: (v["_record_key"], v["sequence"] or 0, v["_position"]))
