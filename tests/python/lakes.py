"""A lake under test: drop files, ingest them, and look at what came of it with readers that are not ours."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable

from ingestion import run
from ingestion.environment import Environment
from ingestion.pulls import Bounds
from ingestion.run import Outcome

_DUCKDB = duckdb.connect()
_DUCKDB.execute("load icu")
_DUCKDB.execute("set global TimeZone = 'UTC'")
# What builds keep among the scratch.
_BUILDS = {"storelake.duckdb", "storelake.duckdb.wal", "target", "build.lock", "green", "identity"}
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def line(
    invoice: object = "1",
    code: object = "A",
    description: object = "a mug",
    quantity: object = "1",
    at: object = "2011-01-04 10:00:00",
    price: object = "2.5",
    customer: object = "17850.0",
    country: object = "United Kingdom",
) -> str:
    """One line of an invoice file, without its end."""
    return ",".join(str(value) for value in (invoice, code, description, quantity, at, price, customer, country))


def table(*lines: str, header: str = HEADER) -> str:
    """A whole invoice file."""
    return "".join(f"{text}\n" for text in (header, *lines))


class Lake:
    """One source (`shop`) of `online_retail` and whatever else a test drops."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self.environment = environment
        self.folder = folder
        self.folder.mkdir(exist_ok=True)
        self._dropped = 0

    def drop(self, name: str, content: str | bytes) -> Path:
        """Put a file into the drop folder, each one younger than the one before it."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self._dropped += 1
        at = time.time() - 100_000 + self._dropped
        os.utime(path, (at, at))
        return path

    def outcomes(
        self, system: str = "online_retail", source: str = "shop", accept: Iterable[str] = (), **more: Any
    ) -> list[Outcome]:
        """One run over the drop folder, whatever comes of it."""
        bounds = Bounds(accept=frozenset(accept), **more)
        return run.ingest(self.environment, [system], source=source, folder=self.folder, bounds=bounds)

    def ingest(self, system: str = "online_retail", source: str = "shop", **more: Any) -> list[dict[str, Any]]:
        """One run that must not fail; the ledger's rows of its completed pulls."""
        outcomes = self.outcomes(system, source, **more)
        assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
        ids = {pull.pull_id for outcome in outcomes for pull in outcome.pulls}
        return [pull for pull in self.completed() if pull["pull_id"] in ids]

    def rows(self, table: str, where: str = "true") -> list[dict[str, Any]]:
        """Rows of a Delta table of the lake (`ledger/pulls`), read by DuckDB."""
        uri = str(self.environment.lake / table)
        if not DeltaTable.is_deltatable(uri):
            return []
        with _DUCKDB.cursor() as database:
            database.register("rows", DeltaTable(uri).to_pyarrow_dataset())
            return database.sql(f"select * from rows where {where}").to_arrow_table().to_pylist()

    def bronze(self, entity: str = "online_retail__invoice_lines", where: str = "true") -> list[dict[str, Any]]:
        """All versions in the order in which they became true."""
        order = {pull["pull_id"]: pull["sequence"] for pull in self.completed()}
        found = self.rows(f"bronze/{entity}", where)
        return sorted(found, key=lambda row: (order.get(row["_pull_id"], 0), row["_position"]))

    def documents(self, entity: str = "online_retail__invoice_lines", where: str = "true") -> list[dict[str, Any]]:
        """The documents of the records that are live now, in the order of their keys."""
        newest = {row["_record_key"]: row for row in self.bronze(entity, where)}
        return [json.loads(row["_document"]) for _, row in sorted(newest.items()) if row["_operation"] == "upsert"]

    def completed(self) -> list[dict[str, Any]]:
        """The ledger's completed pulls in the order of their sequence."""
        return sorted(self.rows("ledger/pulls", "status = 'completed'"), key=lambda pull: pull["sequence"])

    def items(self) -> dict[str, dict[str, Any]]:
        """The newest item of each file name, of completed pulls."""
        order = {pull["pull_id"]: pull["sequence"] for pull in self.completed()}
        found = [item for item in self.rows("ledger/pull_items") if item["pull_id"] in order]
        return {item["name"]: item for item in sorted(found, key=lambda item: (order[item["pull_id"]], item["item"]))}

    def quarantine(self, where: str = "true") -> list[dict[str, Any]]:
        """Refused records of completed pulls in the order in which they were refused."""
        order = {pull["pull_id"]: pull["sequence"] for pull in self.completed()}
        found = [row for row in self.rows("ledger/quarantine", where) if row["pull_id"] in order]
        return sorted(found, key=lambda row: (order[row["pull_id"]], row["position"]))

    def replayed(self) -> set[tuple[str, str]]:
        """(pull, content hash) of what was read again by pulls that completed."""
        complete = {pull["pull_id"] for pull in self.completed()}
        return {
            (row["pull_id"], row["content_hash"])
            for row in self.rows("ledger/quarantine_replays")
            if row["replay_pull_id"] in complete
        }

    def check(self) -> None:
        """What must hold of every lake at every moment: conservation, dense sequences, no row without an owner."""
        pulls = self.completed()
        assert [pull["sequence"] for pull in pulls] == list(range(1, len(pulls) + 1))
        assert len({pull["pull_id"] for pull in pulls}) == len(pulls)
        rows: dict[str, list[dict[str, Any]]] = {}
        quarantined = Counter(row["pull_id"] for row in self.rows("ledger/quarantine"))
        for entity in {f"{pull['system']}__{pull['entity']}" for pull in pulls}:
            for row in self.rows(f"bronze/{entity}"):
                rows.setdefault(row["_pull_id"], []).append(row)
        assert rows.keys() <= {pull["pull_id"] for pull in pulls}
        items = self.rows("ledger/pull_items")
        for pull in pulls:
            held = rows.get(pull["pull_id"], [])
            mine = [item for item in items if item["pull_id"] == pull["pull_id"]]
            assert pull["records_read"] == (
                pull["records_landed"] + pull["records_known"] + pull["records_quarantined"]
            ), pull
            assert sum(row["_operation"] == "upsert" for row in held) == pull["records_landed"], pull
            assert sum(row["_operation"] == "delete" for row in held) == pull["records_deleted"], pull
            assert len({row["_position"] for row in held}) == len(held), "positions must tell rows apart"
            assert quarantined[pull["pull_id"]] == pull["records_quarantined"], pull
            assert sum(item["records_read"] for item in mine) == pull["records_read"], pull
            assert sum(item["records_quarantined"] for item in mine) == pull["records_quarantined"], pull
        scratch = self.environment.work
        rooms = [room for room in scratch.iterdir() if room.name not in _BUILDS] if scratch.exists() else []
        left = [path for room in rooms for path in (room, *room.rglob("*")) if path.is_file()]
        assert left == [], "a run leaves nothing in the scratch folder"
