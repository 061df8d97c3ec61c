"""One seed, one world: the same bytes each time, and at each moment the state of that moment."""

import hashlib
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from visitor import SOURCES, Visitor, criteria, sandbox

from sandbox import truth
from sandbox.times import DAY, END, seconds
from sandbox.world import World

SORTS = [("updated_at", "ASC"), ("entity_id", "ASC")]


def fingerprint(visitor: Visitor) -> str:
    """A hash over what a sandbox answers, host and port left out."""
    digest = hashlib.sha256()
    for source in SOURCES:
        for path in ("orders", "invoices", "creditmemos", "shipments", "products", "customers/search"):
            sorts = SORTS if path in ("orders", "invoices", "creditmemos", "shipments") else [("id", "ASC")]
            digest.update(visitor.get(source, path, criteria(size=300, sorts=sorts)).content)
        digest.update(visitor.get(source, "inventory/source-items", criteria(size=300)).content)
    for feed in ("central", "merchant", "atom"):
        digest.update(visitor.client.get(f"{visitor.url}/feeds/{feed}.xml").content)
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes() -> None:
    """In another process too: answers can be compared from run to run, and a failure can be repeated."""
    found = []
    for seed in ("7", "7", "8"):
        with sandbox("--seed", seed, "--orders", "120") as visitor:
            found.append(fingerprint(visitor))
    assert found[0] == found[1] != found[2]


def test_the_same_seed_gives_the_same_truth(tmp_path: Path) -> None:
    """The truth is as repeatable as the answers."""
    for place in ("one", "two"):
        truth.write(World(11, 200), tmp_path / place)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 7
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_order_is_the_same_whoever_asks_and_when() -> None:
    """Orders are drawn one by one and never kept: the answer must not depend on what was drawn before."""
    forwards, backwards = World(3, 400), World(3, 400)
    for one, other in zip(forwards.installations, backwards.installations, strict=True):
        first = [repr(one.writer.order(number)) for number in range(one.orders)]
        last = [repr(other.writer.order(number)) for number in reversed(range(other.orders))]
        assert first == last[::-1]


def test_what_happens_to_an_order_happens_in_order() -> None:
    """A version shows all events up to its own: one that comes too early would be told of before it happened."""
    for one in World(7, 4_000).installations:
        for number in range(one.orders):
            moments = [event.moment for event in one.writer.order(number).events]
            assert moments == sorted(moments)


@pytest.mark.parametrize("orders", [100, 5_000])
def test_a_world_has_the_size_that_was_asked_for(orders: int) -> None:
    """From small to large: the number of orders is exact, and none happens outside the data's time."""
    world = World(1, orders)
    assert sum(one.orders for one in world.installations) == orders
    for one in world.installations:
        assert one.writer.times == sorted(one.writer.times)


def test_many_rows_share_a_second_and_updates_come_late(served: dict[str, dict[str, list[Any]]]) -> None:
    """What cursors must cope with is there: weekly imports, bursts of orders, changes weeks after the order."""
    orders = served["de"]["orders"]
    for field in ("updated_at", "created_at"):
        seconds = [order[field] for order in orders]
        assert len(seconds) - len(set(seconds)) >= 3
    days = [
        (datetime.fromisoformat(order["updated_at"]) - datetime.fromisoformat(order["created_at"])).days
        for order in orders
    ]
    assert sum(day > 21 for day in days) > 10
    imported = [product["updated_at"] for product in served["de"]["products"]]
    assert imported.count("2025-01-02 08:00:00") > 5


def test_the_clock_shows_the_state_of_its_moment(visitor: Visitor, tmp_path: Path) -> None:
    """At a moment there is what was there then, in the state of then: nothing from the future, and nothing is lost."""
    moment = "2025-10-15T12:00:00Z"
    with sandbox("--seed", "7", "--orders", "600", "--now", moment, "--truth", str(tmp_path)) as then:
        before = then.pull("de", "orders")
        expected = {
            row["order_id"]: row
            for row in pq.read_table(tmp_path / "orders.parquet").to_pylist()
            if row["source"] == "de"
        }
        assert {str(order["entity_id"]): order["status"] for order in before} == {
            key: row["status"] for key, row in expected.items()
        }
        assert all(order["updated_at"] <= "2025-10-15 12:00:00" for order in before)
        assert then.client.get(f"{then.url}/_sandbox/health").json()["now"] == moment
        answer = then.get("de", "orders", criteria(size=1))
        assert answer.headers["date"] == "Wed, 15 Oct 2025 12:00:00 GMT"
        then.post("clock", now="2026-04-10T23:59:59Z").raise_for_status()
        after = then.pull("de", "orders")
        assert after == visitor.pull("de", "orders")
        later = {order["entity_id"]: order for order in after}
        changed = [one for one in before if later[one["entity_id"]] != one]
        assert changed
        assert all(later[one["entity_id"]]["updated_at"] > one["updated_at"] for one in changed)
        since = then.pull("de", "orders", updated_at__gteq="2025-10-15 12:00:01")
        assert len(since) == len(changed) + len(after) - len(before)


def test_an_image_does_not_move_a_product(visitor: Visitor) -> None:
    """A product's image changes and its `updated_at` does not, so no cursor sees it."""
    world = World(7, 600)
    product, version = next(
        (product, version)
        for product in world.installations[0].catalog.products
        for version in range(1, len(product.times))
        if product.images[version] != product.images[version - 1]
    )
    seen = []
    for moment in (product.times[version] - 1, product.times[version]):
        visitor.post("clock", now=datetime.fromtimestamp(moment).astimezone().isoformat()).raise_for_status()
        [found] = visitor.get("de", "products", criteria(sku=product.sku)).json()["items"]
        seen.append(found)
    visitor.post("clock", now="2026-04-10T23:59:59Z").raise_for_status()
    images = [
        [one["value"] for one in found["custom_attributes"] if one["attribute_code"] == "image"] for found in seen
    ]
    assert images[0] != images[1]
    assert seen[0]["updated_at"] == seen[1]["updated_at"]


def test_knobs_refuse_what_they_cannot_do(visitor: Visitor) -> None:
    """A clock outside the data, and a scenario that nobody knows, are errors and change nothing."""
    before = visitor.health()
    for path, body in (("clock", {"now": "2031-01-01"}), ("clock", {"now": "soon"}), ("scenario", {"name": "calm"})):
        answer = visitor.post(path, **body)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert visitor.health() == before


def test_stock_between_two_looks_is_carried(tmp_path: Path) -> None:
    """A day without a look has the last look's stock, marked so; one with a look has the look's, also back at 5 from 3."""
    looks = [seconds("2025-06-02 09:00:00"), seconds("2025-06-03 23:00:00"), seconds("2025-06-06 09:00:00")]
    world = World(7, 600)
    table = truth.stock_daily(world, looks, seconds("2025-06-08 12:00:00"))
    rows = [row for row in table.to_pylist() if (row["location"], row["sku"]) == ("de-berlin", "SL-1001")]
    assert [row["is_carried"] for row in rows] == [False, False, True, True, False, True, True]
    swing = [row["quantity"] for row in rows]
    assert swing[1] == swing[2] == swing[3] != swing[0]
    assert swing[4] == swing[5] == swing[6] == swing[0]
    assert {swing[0], swing[1]} == {3, 5}
    for look in looks:
        there = dict(world.stock.of("de-berlin", look))
        seen = {
            row["sku"]: row["quantity"]
            for row in table.to_pylist()
            if row["location"] == "de-berlin"
            and row["is_listed"]
            and row["date_day"].toordinal() - 719163 == look // DAY
        }
        assert seen == there


def test_a_price_that_nobody_saw_is_no_interval() -> None:
    """Of two changes between two looks only the last can be known; with a look between them, both are."""
    world = World(7, 600)
    product = next(
        one
        for one in world.installations[0].catalog.products
        if len(set(one.prices)) >= 3 and all(b != a for a, b in pairwise(one.prices[:3]))
    )
    before, between, after = product.times[0], product.times[1], product.times[2]

    def prices(*looks: int) -> list[Any]:
        found = truth.price_intervals(world, looks, END).to_pylist()
        return [
            (int(row["valid_from"].replace(tzinfo=UTC).timestamp()), int(row["price"] * 100), row["valid_to"] is None)
            for row in found
            if (row["source"], row["sku"]) == ("de", product.sku)
        ]

    assert prices(before, after) == [(before, product.prices[0], False), (after, product.prices[2], True)]
    assert prices(before, between, after) == [
        (before, product.prices[0], False),
        (between, product.prices[1], False),
        (after, product.prices[2], True),
    ]
