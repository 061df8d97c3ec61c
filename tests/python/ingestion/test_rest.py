"""A shop's API to bronze: windows, pages, and everything that can go wrong between them, over real HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from lakes import Lake
from shop_server import Shop, serving

from ingestion import environment as environments
from ingestion import run
from ingestion.environment import Environment
from ingestion.pulls import Bounds
from ingestion.run import Outcome

ORDERS = "magento__orders"


def order(number: int, at: str = "2025-01-07 10:00:00", **more: Any) -> dict[str, Any]:
    """An order as a shop has it."""
    return {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "store_id": 1,
        "updated_at": at,
        "customer_email": f"mark-{number}@example.test",
        "grand_total": 10.5,
        "items": [{"item_id": number, "sku": "A", "price": 10.5}],
        **more,
    }


class Store:
    """One source `de` of a shop that answers over HTTP, and the lake that it is pulled into."""

    def __init__(self, shop: Shop, lake: Lake, folder: Path) -> None:
        self.shop, self.lake, self._folder = shop, lake, folder
        self.declare()

    def declare(self, **fields: Any) -> None:
        """Write the sources' file anew, with these fields besides the address."""
        said = {"url": self.shop.url, "since": "2025-01-01", **fields}
        lines = [f"{name} = {json.dumps(value)}" for name, value in said.items() if value is not None]
        (self._folder / "sources.toml").write_text("[magento.de]\n" + "\n".join(lines) + "\n")

    @property
    def environment(self) -> Environment:
        """The lake's."""
        return self.lake.environment

    def outcome(self, entity: str = "orders", **bounds: Any) -> Outcome:
        """One run; what became of one entity."""
        found = run.ingest(self.environment, ["magento"], source="de", bounds=Bounds(**bounds))
        return next(outcome for outcome in found if outcome.feed.entity == entity)

    def pull(self, entity: str = "orders", **bounds: Any) -> dict[str, Any]:
        """One run in which this entity must not fail; its pull's row in the ledger."""
        outcome = self.outcome(entity, **bounds)
        assert outcome.error is None
        return next(pull for pull in self.lake.completed() if pull["pull_id"] == outcome.pulls[-1].pull_id)

    def numbers(self, table: str = ORDERS, key: str = "entity_id") -> list[Any]:
        """The keys of the records that are live."""
        return sorted(document[key] for document in self.lake.documents(table))


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop with no records."""
    shop = Shop()
    shop.lists = {
        name: []
        for name in (
            "orders",
            "invoices",
            "creditmemos",
            "shipments",
            "products",
            "customers/search",
            "inventory/source-items",
            "store/storeConfigs",
        )
    }
    with serving(shop):
        yield shop


@pytest.fixture
def store(shop: Shop, tmp_path: Path) -> Iterator[Store]:
    """The shop as a source of an empty lake; its books must balance at the end, whatever happened."""
    environment = environments.load(
        {
            "STORELAKE_LAKE": str(tmp_path / "lake"),
            "STORELAKE_SUBJECT_KEY": "k" * 40,
            "STORELAKE_SOURCES": str(tmp_path / "sources.toml"),
        }
    )
    lake = Lake(environment, tmp_path / "files")
    # Waiting between attempts is stamina's business.
    with stamina.set_testing(True, attempts=8, cap=True):
        yield Store(shop, lake, tmp_path)
    lake.check()


def test_orders_land_as_they_were_sent(store: Store, shop: Shop) -> None:
    """Bronze keeps the document byte by byte: a number that is written anew has lost its cents or its zeros."""
    sent = '{"entity_id":1, "updated_at":"2025-01-07 10:00:00","increment_id":"1","store_id":1,"items":[],"x":1.0500}'
    shop.lists["orders"] = [order(1), order(2)]
    shop.raw[1] = sent
    pull = store.pull()
    assert (pull["records_read"], pull["records_landed"]) == (2, 2)
    (first, _) = store.lake.bronze(ORDERS)
    assert first["_document"] == sent
    assert str(first["_record_at"]) == "2025-01-07 10:00:00+00:00"
    assert first["_source_uri"].startswith(f"{shop.url}/rest/all/V1/orders#2025-01-06T00:00:00Z/")


def test_a_second_pull_lands_nothing(store: Store, shop: Shop) -> None:
    """Exactly once: what overlaps the last pull is read again, and is known."""
    shop.lists["orders"] = [order(n, f"2025-0{1 + n % 3}-07 10:00:00") for n in range(1, 400)]
    assert store.pull()["records_landed"] == 399
    again = store.pull()
    assert again["records_read"] > 0
    assert (again["records_landed"], again["records_known"]) == (0, again["records_read"])
    whole = store.pull(since=None, until=None)
    assert whole["records_landed"] == 0
