"""A shop's API to bronze: windows, pages, and everything that can go wrong between them, over real HTTP."""

import base64
import hmac
import json
import multiprocessing
import random
import re
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
import stamina
from lakes import Lake
from shop_server import Reply, Request, Shop, serving

from ingestion import environment as environments
from ingestion import run, systems, times
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.extract.http.client import RetryPolicy
from ingestion.extract.rest import rest_system
from ingestion.pulls import Bounds
from ingestion.records.contracts import Contract, Key, Whole
from ingestion.run import Outcome
from ingestion.systems.magento import SYSTEM
from storelake.status import status

ORDERS = "magento__orders"
FILTER = "searchCriteria[filter_groups][0][filters][0][value]"
SECRETS = {
    "SECRET_BEARER": '{"token": "tok-hidden"}',
    "SECRET_OAUTH": '{"consumer_key": "k", "consumer_secret": "s&=/", "token": "t", "token_secret": "u"}',
    "SECRET_TEXT": "hidden",
    "SECRET_HALF": '{"consumer_key": "hidden", "token": "hidden"}',
    "SECRET_LINE": '{"token": "hidden\\nhidden"}',
}


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

    @property
    def told(self) -> str:
        """All that this test's ledger says, but for the refused documents themselves."""
        rows = (
            self.lake.rows("ledger/pulls") + self.lake.rows("ledger/pull_items") + self.lake.rows("ledger/quarantine")
        )
        return "".join(str(value) for row in rows for name, value in row.items() if name != "document")


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop with no records."""
    shop = Shop()
    shop.lists = {entity.listing.path: [] for entity in SYSTEM.entities}
    with serving(shop):
        yield shop


@pytest.fixture
def entities() -> tuple[str, ...]:
    """What is pulled; all entities take their time."""
    return ("orders",)


@pytest.fixture
def store(shop: Shop, entities: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The shop as a source of an empty lake; its books must balance at the end, whatever happened."""
    environment = environments.load(
        {
            "STORELAKE_LAKE": str(tmp_path / "lake"),
            "STORELAKE_SUBJECT_KEY": "k" * 40,
            "STORELAKE_SOURCES": str(tmp_path / "sources.toml"),
            **SECRETS,
        }
    )
    system = replace(
        SYSTEM,
        entities=tuple(entity for entity in SYSTEM.entities if entity.entity in entities),
        retry_policy=RetryPolicy(silence=0.5, answer=2.0),
    )
    monkeypatch.setattr(systems, "load_all", lambda: {"magento": system})
    lake = Lake(environment, tmp_path / "files")
    # Waiting between attempts is stamina's business.
    with stamina.set_testing(True, attempts=8, cap=True):
        yield Store(shop, lake, tmp_path)
    lake.check()


# ---------- what lands ----------


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
    assert first["_source_uri"] == f"{shop.url}/rest/all/V1/orders#2025-01-06T00:00:00Z/2025-01-07T10:00:01Z,1"


def test_a_second_pull_lands_nothing(store: Store, shop: Shop) -> None:
    """Exactly once: what overlaps the last pull is read again, and is known; so is a back-fill of all of it."""
    shop.lists["orders"] = [order(n, f"2025-0{1 + n % 3}-07 10:00:00") for n in range(1, 400)]
    assert store.pull()["records_landed"] == 399
    again = store.pull()
    assert again["records_read"] > 0
    assert (again["records_landed"], again["records_known"]) == (0, again["records_read"])
    whole = store.pull(since=date(2025, 1, 1), until=date(2026, 1, 1))
    assert (whole["records_read"], whole["records_landed"]) == (399, 0)


def test_a_late_change_is_a_new_version_and_the_order_of_keys_is_not(store: Store, shop: Shop) -> None:
    """What changed lands once; a server that writes the same fields in another order has changed nothing."""
    shop.lists["orders"] = [order(1), order(2)]
    store.pull()
    shop.lists["orders"][0] |= {"updated_at": "2025-02-20 00:00:00", "status": "complete"}
    shop.lists["orders"][1] = dict(reversed(shop.lists["orders"][1].items()))
    store.pull()
    assert store.pull(since=date(2025, 1, 1))["records_landed"] == 0
    assert len(store.lake.bronze(ORDERS)) == 3
    assert [found.get("status") for found in store.lake.documents(ORDERS)].count("complete") == 1


def test_a_price_that_goes_there_and_back_has_three_versions(store: Store, shop: Shop) -> None:
    """Known is what equals the newest version, not any: 5, 3, 5 is three."""
    shop.lists["orders"] = [order(1)]
    for second, total in enumerate((5, 3, 5)):
        shop.lists["orders"][0] |= {"grand_total": total}
        assert store.pull(since=date(2025, 1, 1))["records_landed"] == 1, second
    assert len(store.lake.bronze(ORDERS)) == 3


@pytest.mark.parametrize("entities", [("source_items", "store_configs")])
def test_a_whole_list_speaks_for_the_moment_of_its_first_page(store: Store, shop: Shop) -> None:
    """Stock that goes 5, 3, 5 has three versions, each as of the sender's clock; so has a snapshot that saw nothing new."""
    stock = {"source_code": "x", "sku": "A", "quantity": 5}
    shop.lists["inventory/source-items"] = [stock, *({**stock, "sku": f"B{n}"} for n in range(500))]
    shop.lists["store/storeConfigs"] = [{"id": 1, "code": "de"}]

    def tick(request: Request) -> None:
        shop.date = f"Tue, 03 Feb 2026 23:30:{request.query.get('searchCriteria[currentPage]', '9'):0>2} GMT"

    shop.spoil.append(tick)
    for landed, quantity in ((501, 5), (1, 3), (1, 5), (0, 5)):
        stock["quantity"] = quantity
        pull = store.pull("source_items")
        assert pull["records_landed"] == landed
        assert str(pull["window_start"]) == str(pull["window_end"]) == "2026-02-03 23:30:01+00:00"
    assert str(store.pull("store_configs")["window_end"]) == "2026-02-03 23:30:09+00:00"
    shop.date, shop.spoil = "", []
    pull = store.pull("source_items")
    assert pull["window_start"] == pull["window_end"] == pull["started_at"]
    del shop.lists["inventory/source-items"][10:]
    held = store.pull("source_items")
    assert (held["items_held"], held["window_start"], held["window_end"]) == (1, None, None)


@pytest.mark.parametrize("bounds", [{}, {"since": date(2025, 1, 1)}])
def test_an_order_from_the_future_hides_none_of_today(store: Store, shop: Shop, bounds: dict[str, date]) -> None:
    """An import that dates one order 2035 must not make ten years count as read: what changes now lies before it."""
    shop.date = "Tue, 07 Jan 2025 12:00:00 GMT"
    shop.lists["orders"] = [order(1), order(2, "2035-01-07 10:00:00")]
    pull = store.pull(**bounds)
    assert (pull["records_landed"], pull["window_end"].year) == (2, 2025)
    assert "2035-01-07" in pull["notes"]
    shop.date = "Tue, 21 Jan 2025 12:00:00 GMT"
    shop.lists["orders"].append(order(3, "2025-01-20 10:00:00"))
    assert store.pull()["records_landed"] == 1
    assert store.numbers() == [1, 2, 3]
    shop.date = "Thu, 23 Jan 2025 12:00:00 GMT"
    shop.lists["orders"][1] = order(2, "2025-01-22 11:00:00")
    assert (store.pull()["records_landed"], store.pull()["records_landed"]) == (1, 0)


def test_a_key_as_text_or_number_is_the_same_record(store: Store, shop: Shop) -> None:
    """A field that changes its type must not double every order."""
    shop.lists["orders"] = [order(1)]
    store.pull()
    shop.lists["orders"] = [order(1) | {"entity_id": "1"}]
    assert store.pull()["records_landed"] == 1
    assert len({row["_record_key"] for row in store.lake.bronze(ORDERS)}) == 1


@pytest.mark.parametrize("entities", [("orders", "customers")])
def test_a_person_has_one_key_in_orders_and_customers(store: Store, shop: Shop) -> None:
    """Erasure finds all rows of a person, however the address was written; a guest without one has none."""
    shop.lists["orders"] = [order(1, customer_email="Mark-1@Example.test "), order(2, customer_email=None)]
    shop.lists["customers/search"] = [
        {"id": 5, "entity_id": 5, "updated_at": "2025-01-07 10:00:00", "email": "mark-1@example.test"}
    ]
    store.pull()
    one, guest = (row["_subject_key"] for row in store.lake.bronze(ORDERS))
    assert one is not None
    assert guest is None
    assert [row["_subject_key"] for row in store.lake.bronze("magento__customers")] == [one]


@pytest.mark.parametrize("entities", [tuple(entity.entity for entity in SYSTEM.entities)])
def test_every_entity_lands(store: Store, shop: Shop) -> None:
    """Each list is asked for in the way that it answers to: searched, whole, or as a bare array."""
    at = {"updated_at": "2025-01-07 10:00:00", "store_id": 1}
    for path in ("orders", "invoices", "creditmemos", "shipments"):
        shop.lists[path] = [order(1)]
    shop.lists["products"] = [{"id": 1, "entity_id": 1, "sku": "A", **at}]
    shop.lists["customers/search"] = [{"id": 1, "entity_id": 1, **at}]
    shop.lists["inventory/source-items"] = [{"source_code": "x", "sku": "A", "quantity": 3}]
    shop.lists["store/storeConfigs"] = [{"id": 1, "code": "de"}]
    store.declare(store_ids=[1])
    outcomes = run.ingest(store.environment, ["magento"])
    assert [outcome.error for outcome in outcomes] == [None] * 8
    assert {pull["entity"]: pull["records_landed"] for pull in store.lake.completed()} == {
        entity.entity: 1 for entity in SYSTEM.entities
    }


# ---------- pages ----------


@pytest.mark.parametrize("repeats", [True, False], ids=["2.3", "2.4"])
@pytest.mark.parametrize("total", [1, 99, 100, 101, 200])
def test_pages_end_where_the_count_says(store: Store, shop: Shop, total: int, repeats: bool) -> None:
    """2.3 repeats its last page for ever: a stop rule that waits for an empty page never ends on a full one."""
    store.declare(page_size=100)
    shop.repeats_last_page = repeats
    shop.lists["orders"] = [order(n) for n in range(1, total + 1)]
    pull = store.pull()
    assert (pull["records_read"], pull["records_landed"]) == (total, total)
    uncounted = int(total == 100)
    assert len(shop.requests) == 3 + -(-total // 100) + uncounted, "the count, the newest, an empty week, the pages"


def test_many_records_of_one_second_are_all_read(store: Store, shop: Shop) -> None:
    """Batch jobs touch thousands of rows in one second: they are told apart by their number."""
    store.declare(page_size=50)
    shop.lists["orders"] = [order(n) for n in range(1, 431)]
    assert store.pull()["records_landed"] == 430
    shop.lists["orders"].append(order(431))
    assert store.pull()["records_landed"] == 1


def test_a_smaller_limit_for_pages_is_kept_to(store: Store, shop: Shop) -> None:
    """Input limits answer 400 with their number; the pull goes on with that."""
    shop.max_page_size = 40
    shop.lists["orders"] = [order(n) for n in range(1, 101)]
    assert store.pull()["records_landed"] == 100


def test_a_limit_that_nobody_mentions_loses_nothing(store: Store, shop: Shop) -> None:
    """A server that silently sends fewer records a page than asked for would end the pull too early."""
    shop.silent_page_size = 40
    shop.lists["orders"] = [order(n) for n in range(1, 101)]
    assert store.pull()["records_landed"] == 100


def test_a_record_that_moves_while_pages_are_read_costs_no_other(store: Store, shop: Shop) -> None:
    """A change moves a record to the end, and all behind it one place ahead: one would fall between two pages."""
    store.declare(page_size=10)
    shop.lists["orders"] = [order(n, f"2025-01-{6 + n // 8:02d} {n % 8:02d}:00:00") for n in range(1, 41)]

    def moves(request: Request) -> None:
        if request.query.get("searchCriteria[currentPage]") == "2" and request.page[1] == 10:
            shop.lists["orders"][0]["updated_at"] = "2025-01-20 00:00:00"

    shop.spoil.append(moves)
    store.pull()
    store.pull()
    assert store.numbers() == list(range(1, 41))


def test_a_server_that_sends_one_page_for_ever_is_noticed(store: Store, shop: Shop) -> None:
    """Pages that do not turn: nothing of the window lands, and the pull ends."""
    store.declare(page_size=10)
    shop.lists["orders"] = [order(n, f"2025-01-07 10:00:{n:02d}") for n in range(1, 41)]

    def stuck(request: Request) -> Reply | None:
        if request.page[1] == 10:
            request.query["searchCriteria[currentPage]"] = "1"
        return None

    shop.spoil.append(stuck)
    outcome = store.outcome()
    assert "the same page again" in str(outcome.error)
    assert store.lake.bronze(ORDERS) == []
    assert len(shop.requests) < 20


def test_a_server_that_does_not_sort_is_noticed(store: Store, shop: Shop) -> None:
    """Without a sort, rows repeat or go missing between pages: better no window than one with holes."""
    store.declare(page_size=10)
    shop.lists["orders"] = [order(n, f"2025-01-07 10:00:{n * 7 % 40:02d}") for n in range(40)]

    def unsorted(request: Request) -> Reply | None:
        if request.page[1] == 10:
            for name in list(request.query):
                if "sortOrders" in name:
                    del request.query[name]
        return None

    shop.spoil.append(unsorted)
    assert "does not sort" in str(store.outcome().error)
    assert store.lake.bronze(ORDERS) == []


# ---------- broken records ----------


@pytest.mark.parametrize("status", [404, 500])
@pytest.mark.parametrize("broken", [{1}, {25}, {60}, {7, 8, 30}])
def test_a_broken_order_costs_that_order_only(store: Store, shop: Shop, broken: set[int], status: int) -> None:
    """An order that the shop cannot render fails its page on every attempt: all others land, and it is named."""
    store.declare(page_size=20)
    shop.lists["orders"] = [order(n, f"2025-01-07 10:00:{n % 60:02d}") for n in range(1, 61)]
    shop.broken = broken
    shop.broken_reply = Reply(status, '{"message":"Internal Error. Report ID: webapi-1"}')
    pull = store.pull()
    assert store.numbers() == [n for n in range(1, 61) if n not in broken]
    assert pull["records_quarantined"] == len(broken)
    refused = store.lake.quarantine()
    assert {row["rule"] for row in refused} == {"unreadable_page"}
    assert all(re.search(r"2025-01-0\dT[\d:]+Z/2025", row["reason"]) for row in refused)
    assert len(shop.requests) < 300


def test_a_broken_newest_order_hides_no_other(store: Store, shop: Shop) -> None:
    """Where a feed ends is told by its newest record, and that one may be the broken one."""
    shop.lists["orders"] = [order(n, f"2025-01-{n:02d} 10:00:00") for n in range(1, 11)]
    shop.broken = {10}
    store.pull()
    assert store.numbers() == list(range(1, 10))
    shop.lists["orders"].append(order(11, "2025-01-11 10:00:00"))
    assert store.pull()["records_quarantined"] == 1
    assert store.numbers() == [*range(1, 10), 11]


def test_a_newest_order_that_takes_too_long_stops_no_other(store: Store, shop: Shop) -> None:
    """A shop may never get one order rendered in time: the feed goes on before it, and its window stays open."""
    shop.broken_reply = Reply(504, "<h1>gateway</h1>", "text/html")
    shop.lists["orders"] = [order(1, "2025-01-07 10:00:00"), order(2, "2025-01-20 10:00:00")]
    shop.broken = {2}
    store.pull()
    assert store.numbers() == [1]
    shop.lists["orders"].append(order(3, "2025-01-21 10:00:00"))
    assert "could not be read" in str(store.outcome().error)
    shop.broken = set()
    store.pull()
    assert store.numbers() == [1, 2, 3]


def test_only_broken_orders_end_too(store: Store, shop: Shop) -> None:
    """Where not one page can be read, no count tells how many there are; 2.3 repeats the broken one for ever."""
    shop.lists["orders"] = [order(1), order(2, "2025-01-20 00:00:00")]
    shop.broken = {1}
    shop.repeats_last_page = True
    assert store.pull()["records_quarantined"] == 1
    assert store.numbers() == [2]


def test_a_shop_that_answers_500_to_everything_fails_the_pull(store: Store, shop: Shop) -> None:
    """A broken shop is no shop full of broken orders: nothing goes to quarantine, and requests are bounded."""
    shop.lists["orders"] = [order(1)]
    shop.spoil.append(lambda request: Reply(500, "{}"))
    outcome = store.outcome()
    assert outcome.error is not None
    assert outcome.pulls == []
    assert store.lake.quarantine() == []
    assert len(shop.requests) < 300


def test_a_mended_order_comes_with_replay(store: Store, shop: Shop) -> None:
    """A mended order may keep its time of change: replay asks for the window of what was unreadable again."""
    shop.lists["orders"] = [order(n) for n in range(1, 6)]
    shop.broken = {3}
    store.pull()
    shop.broken = set()
    (outcome,) = run.replay(store.environment, ["magento"])
    assert outcome.error is None
    assert store.numbers() == [1, 2, 3, 4, 5]
    assert run.replay(store.environment, ["magento"]) == []


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ('{"updated_at":"2025-01-07 10:00:00","increment_id":"3","store_id":1,"items":[]}', "missing"),
        ('{"entity_id":null,"updated_at":"2025-01-07 10:00:00","increment_id":"3","store_id":1,"items":[]}', "string_type"),
        ('{"entity_id":3,"updated_at":"2025-01-07 10:00:00","increment_id":"3","store_id":1,"items":{}}', "list_type"),
        ('{"entity_id":3,"updated_at":"yesterday","increment_id":"3","store_id":1,"items":[]}', "time"),
        ('{"entity_id":3,"entity_id":3,"updated_at":"2025-01-07 10:00:00","increment_id":"3","store_id":1,"items":[]}', "key_twice"),
        ('{"entity_id":3,"updated_at":"2025-01-07 10:00:00","increment_id":"3","store_id":1,"items":[],"x":"\\ud800"}', "lone_surrogate"),
        ('{"entity_id":3,"updated_at":"2025-01-07 10:00:00","increment_id":"3","store_id":1,"items":[{"price":1.9600000000000002}]}', "digits"),
        ('[{"entity_id":3}]', "not_an_object"),
    ],
)  # fmt: skip
def test_an_unusable_document_is_quarantined_as_it_came(store: Store, shop: Shop, document: str, rule: str) -> None:
    """What breaks the contract costs itself, and stands in quarantine byte by byte."""
    shop.lists["orders"] = [order(n) for n in range(1, 6)]
    shop.raw[3] = document
    pull = store.pull()
    assert (pull["records_landed"], pull["records_quarantined"]) == (4, 1)
    (refused,) = store.lake.quarantine()
    assert (refused["rule"], refused["document"]) == (rule, document)
    assert "2025-01-06T00:00:00Z" in refused["reason"]


def test_a_number_that_is_not_finite_costs_its_record(store: Store, shop: Shop) -> None:
    """NaN is no JSON, and would break the page that holds it: only it is lost."""
    shop.lists["orders"] = [order(n) for n in range(1, 6)]
    shop.raw[3] = (
        '{"entity_id":3,"updated_at":"2025-01-07 10:00:00","increment_id":"3","items":[],"store_id":1,"x":NaN}'
    )
    assert store.pull()["records_quarantined"] == 1
    assert [row["rule"] for row in store.lake.quarantine()] == ["not_finite"]
    assert store.numbers() == [1, 2, 4, 5]


def test_long_numbers_elsewhere_are_left_alone(store: Store, shop: Shop) -> None:
    """Only where money or quantities are read do digits beyond the fifteenth matter."""
    shop.lists["orders"] = [
        order(1, quote_id=12345678901234567890, weight=0.12345678901234567, note="1.9600000000000002")
    ]
    assert store.pull()["records_landed"] == 1


def test_a_document_that_is_too_large_goes_into_a_file(store: Store, shop: Shop) -> None:
    """Neither parquet nor an engine takes a text of any size: its body lies in the archive."""
    shop.lists["orders"] = [order(1, note="x" * (17 << 20)), order(2)]
    assert store.pull()["records_quarantined"] == 1
    (refused,) = store.lake.quarantine()
    assert refused["rule"] == "too_large"
    assert (store.environment.lake / json.loads(refused["document"])["raw"]).exists()
    assert store.numbers() == [2]


# ---------- long lists, read by a process beside the run ----------


@pytest.fixture
def beside(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three months of orders, two of which break rules, and a list that counts as long."""
    monkeypatch.setattr(rest_system, "MANY_RECORDS", 20)
    shop.lists["orders"] = [order(n, f"2025-{1 + n // 10:02}-{1 + 2 * (n % 10):02} 10:00:00") for n in range(30)]
    shop.raw[7] = '{"entity_id":7, "entity_id":7,"updated_at":"2025-01-15 10:00:00"}'
    shop.raw[11] = json.dumps(order(11, items={}))


def test_a_process_beside_the_run_reads_the_same(store: Store, shop: Shop, beside: None, tmp_path: Path) -> None:
    """Whoever reads: the same rows, refusals and counts, and nothing that is left behind."""
    shop.max_page_size = 7
    pull = store.pull()
    assert multiprocessing.active_children() == [], "it ends with the run"
    assert (pull["records_read"], pull["records_landed"], pull["records_quarantined"]) == (30, 28, 2)
    assert pull["requests"] == len(shop.requests), "those of the process count, too"
    assert sorted(row["rule"] for row in store.lake.quarantine()) == ["key_twice", "list_type"]
    assert list(store.environment.work.iterdir()) == []
    hashes = {row["_record_key"]: row["_document_hash"] for row in store.lake.bronze(ORDERS)}

    alone = Store(shop, Lake(replace(store.environment, lake=tmp_path / "alone"), tmp_path / "files-2"), tmp_path)
    rest_system.MANY_RECORDS = 1_000
    alone.pull()
    assert {row["_record_key"]: row["_document_hash"] for row in alone.lake.bronze(ORDERS)} == hashes
    assert store.pull()["records_landed"] == 0, "what one of them landed, the other knows"


def test_a_process_that_is_killed_fails_the_pull(store: Store, shop: Shop, beside: None) -> None:
    """As where memory runs out: nothing of the pull lands, the error says what to do, and the next run lands all."""

    def kill(request: Request) -> None:
        if "searchCriteria[filter_groups][1][filters][0][field]" in request.query and len(shop.requests) > 8:
            for child in multiprocessing.active_children():
                child.kill()

    shop.spoil = [kill]
    outcome = store.outcome()
    assert outcome.error == "A process that read for this run was ended. Run the same command again."
    assert store.lake.bronze(ORDERS) == []
    shop.spoil = []
    assert store.pull()["records_landed"] == 28


def test_credentials_that_a_process_sends_are_refused_as_ever(store: Store, shop: Shop, beside: None) -> None:
    """An error that a person is meant to read comes through as it is."""
    shop.allowed = lambda request: "searchCriteria[filter_groups][1][filters][0][field]" not in request.query
    error = store.outcome().error
    assert error == "magento/de refuses the credentials (HTTP 401). It lacks the right to Magento_Sales::actions_view."


def test_replay_lands_what_a_mended_contract_takes(store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replay reads the refused documents themselves, with today's contract, and leaves alone what newer ones replaced."""
    shop.lists["orders"] = [order(1, items={}), order(2, items={}), order(3)]
    store.pull()
    shop.lists["orders"][0] |= {"items": [], "updated_at": "2025-01-08 00:00:00"}
    store.pull()
    assert store.numbers() == [1, 3]

    class Lenient(Contract):
        entity_id: Whole

    (orders,) = systems.load_all()["magento"].entities
    lenient = replace(orders, shape=replace(orders.shape, contract=Lenient))
    known = {"magento": replace(systems.load_all()["magento"], entities=(lenient,))}
    monkeypatch.setattr(systems, "load_all", lambda: known)
    (outcome,) = run.replay(store.environment, ["magento"])
    assert outcome.error is None
    assert store.numbers() == [1, 2, 3]
    assert next(d for d in store.lake.documents(ORDERS) if d["entity_id"] == 1)["items"] == []
    assert run.replay(store.environment, ["magento"]) == []


@pytest.mark.parametrize("entities", [("source_items",)])
def test_replay_of_a_whole_list_takes_the_newest_alone(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later list has replaced what an earlier one said; and what is read again makes nothing go."""

    def stock(sku: str, quantity: Any) -> dict[str, Any]:
        return {"source_code": "main", "sku": sku, "quantity": quantity}

    shop.lists["inventory/source-items"] = [stock("A", "many"), stock("B", "few"), stock("C", 3)]
    store.pull("source_items")
    shop.lists["inventory/source-items"] = [stock("B", "none"), stock("C", 3)]
    store.pull("source_items")

    class Lenient(Contract):
        sku: Key

    (items,) = systems.load_all()["magento"].entities
    lenient = replace(items, shape=replace(items.shape, contract=Lenient))
    known = {"magento": replace(systems.load_all()["magento"], entities=(lenient,))}
    monkeypatch.setattr(systems, "load_all", lambda: known)
    (outcome,) = run.replay(store.environment, ["magento"])
    assert outcome.error is None
    found = {document["sku"]: document["quantity"] for document in store.lake.documents("magento__source_items")}
    assert found == {"B": "none", "C": 3}
    assert run.replay(store.environment, ["magento"]) == []


# ---------- faults of the server ----------


def once(*replies: Reply) -> Any:
    """Spoils the first answers with these."""
    left = list(replies)
    return lambda request: left.pop(0) if left else None


@pytest.mark.parametrize(
    "reply",
    [
        Reply(429, "{}"),
        Reply(429, "{}", Retry_After="0"),
        Reply(429, "{}", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        Reply(500, '{"message":"Internal Error. Details are available in Magento log file. Report ID: webapi-1"}'),
        Reply(503, "<h1>maintenance</h1>", "text/html"),
        Reply(504, "<h1>gateway</h1>", "text/html"),
        Reply(200, "<html>Attention required</html>", "text/html"),
        Reply(200, '{"items":[{"entity_id":1', "application/json"),
        Reply(200, '{"items":[]}' + " " * 5000, "application/json", cut=100),
        Reply(200, b"\x1f\x8bnonsense", "application/json", Content_Encoding="gzip"),
    ],
    ids=["429", "429-0", "429-date", "500", "503", "504", "html", "broken-json", "cut", "gzip"],
)
def test_a_passing_fault_is_survived(store: Store, shop: Shop, reply: Reply) -> None:
    """What a second attempt heals costs nothing, and is counted."""
    shop.lists["orders"] = [order(n) for n in range(1, 6)]
    shop.spoil.append(once(reply, reply))
    pull = store.pull()
    assert pull["records_landed"] == 5
    assert pull["retries"] == 2


def test_a_long_pause_is_left_to_the_next_run(store: Store, shop: Shop) -> None:
    """A server that wants an hour is not asked again in this run; the window stays open."""
    shop.lists["orders"] = [order(1), order(2, "2025-01-15 00:00:00")]
    shop.spoil.append(
        lambda request: (
            Reply(429, "{}", Retry_After="3600") if request.query.get(FILTER, "").startswith("2025-01-06") else None
        )
    )
    outcome = store.outcome()
    assert "1 of 3 windows" in str(outcome.error)
    assert len([request for request in shop.requests if request.query.get(FILTER, "").startswith("2025-01-06")]) == 1
    assert store.numbers() == [2]


def test_a_window_that_failed_is_taken_by_the_next_run(store: Store, shop: Shop) -> None:
    """What could not be read is missing from what was, and comes first next time; the others are not asked for again."""
    shop.lists["orders"] = [order(n, f"2025-01-{n:02d} 10:00:00") for n in range(1, 29)]
    down = [True]
    shop.spoil.append(
        lambda request: Reply(503, "{}") if down[0] and request.query.get(FILTER, "").startswith("2025-01-13") else None
    )
    outcome = store.outcome()
    assert "1 of 5 windows could not be read" in str(outcome.error)
    assert "HTTP 503" in str(outcome.error)
    assert store.numbers() == [*range(1, 13), *range(20, 29)]
    items = store.lake.items()
    missing = "2025-01-13T00:00:00Z/2025-01-20T00:00:00Z"
    assert items[missing]["status"] == "refused"
    assert [one.windows_open for one in status(store.environment)] == [[missing]]
    down[0] = False
    shop.requests.clear()
    store.pull()
    assert store.numbers() == list(range(1, 29))
    asked = [request.query[FILTER] for request in shop.requests if FILTER in request.query]
    # Windows are asked for side by side: on a busy machine the second may be heard first.
    assert sorted(asked) == ["1900-01-01 00:00:00", "2025-01-13 00:00:00", "2025-01-28 09:00:01"]
    assert [one.windows_open for one in status(store.environment)] == [[]]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(429, "{}"),
        Reply(503, "{}"),
        Reply(200, "<html>blocked mark-1@example.test</html>", "text/html"),
        Reply(401, '{"message":"mark-1@example.test"}'),
        Reply(404, '{"message":"Request does not match any route."}'),
        Reply(302, "", Location="http://127.0.0.1:1/?mark-1@example.test"),
        Reply(418, '{"message":"mark-1@example.test"}'),
        Reply(500, '{"message":"mark-1@example.test","trace":"mark-1@example.test"}'),
        Reply(200, '{"items":["mark-1@example.test"', "application/json"),
    ],
    ids=["429", "503", "html", "401", "404", "302", "418", "500", "json"],
)
def test_a_lasting_fault_is_a_clear_error_without_what_the_server_said(
    store: Store, shop: Shop, reply: Reply, capfd: pytest.CaptureFixture[str]
) -> None:
    """The pull fails, lands nothing, is in the ledger, and repeats no word of an answer that may hold a person."""
    shop.lists["orders"] = [order(1)]
    shop.spoil.append(lambda request: reply)
    outcome = store.outcome()
    assert outcome.error is not None
    assert "magento/de" in outcome.error
    (event,) = store.lake.rows("ledger/pulls", "status = 'failed'")
    assert event["error"] == outcome.error
    assert store.lake.bronze(ORDERS) == []
    said = (
        outcome.error
        + store.told
        + "".join(capfd.readouterr())
        + "".join(traceback.format_exception(outcome.exception))
    )
    assert "mark-" not in said


def test_refused_credentials_end_at_once(store: Store, shop: Shop) -> None:
    """A 401 is not asked again: that locks accounts. The right that lacks is named, as Magento names it."""
    shop.allowed = lambda request: False
    outcome = store.outcome()
    assert outcome.error == (
        "magento/de refuses the credentials (HTTP 401). It lacks the right to Magento_Sales::actions_view."
    )
    assert len(shop.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.1:9", "nowhere.invalid"])
def test_a_server_that_is_not_there(store: Store, host: str) -> None:
    """No server, or no name for it: no pull, one line."""
    store.declare(url=f"http://{host}/magento/de")
    assert "cannot be reached" in str(store.outcome().error)


def test_a_shop_behind_a_proxy(store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the way out, and what it is signed with there; what it excepts is asked for directly."""
    shop.lists["orders"] = [order(1)]
    proxy = shop.url.removesuffix("/magento/de").replace("//", "//user:pass%2Fword@")
    store.declare(url="http://shop.nowhere.invalid/magento/de")
    monkeypatch.setenv("http_proxy", proxy)
    assert store.pull()["records_landed"] == 1
    assert {urlsplit(request.url).netloc for request in shop.requests} == {"shop.nowhere.invalid"}
    assert all(request.headers["proxy-authorization"] == "Basic dXNlcjpwYXNzL3dvcmQ=" for request in shop.requests)
    monkeypatch.setenv("no_proxy", "shop.nowhere.invalid")
    assert "cannot be reached" in str(store.outcome().error)


def test_a_schema_that_changes_in_the_middle_of_a_pull(store: Store, shop: Shop) -> None:
    """A release of the shop between two pages: fields come, go and change their types, and every order lands."""
    shop.max_page_size = 2
    shop.lists["orders"] = [
        order(1),
        order(2),
        order(3, grand_total="10.50", items=[], released={"to": [1, None]}),
        {"entity_id": 4, "updated_at": "2025-01-07 10:00:00", "store_id": "1", "items": [{"sku": 5}]},
    ]
    pull = store.pull()
    assert (pull["records_read"], pull["records_landed"] + pull["records_quarantined"]) == (4, 4)
    assert pull["records_landed"] >= 3
    assert store.pull(since=date(2025, 1, 1))["records_landed"] == 0


def test_a_server_that_says_nothing(store: Store, shop: Shop) -> None:
    """Silence is bounded, in each answer and over all of them."""
    store.declare(url=shop.url)
    shop.spoil.append(lambda request: time.sleep(1.2))  # type: ignore[func-returns-value]
    begun = time.monotonic()
    assert "did not answer in time" in str(store.outcome().error)
    assert time.monotonic() - begun < 30


# ---------- whole lists ----------


@pytest.mark.parametrize("entities", [("source_items",)])
class TestWholeLists:
    """Stock has no time of change: it is pulled whole, and what is not there any more is gone."""

    table = "magento__source_items"

    @staticmethod
    def stock(*skus: str, code: str = "x") -> list[dict[str, Any]]:
        """Source items, in the order of their keys."""
        return [{"source_code": code, "sku": sku, "quantity": 3, "status": 1} for sku in skus]

    def test_what_is_gone_gets_a_delete(self, store: Store, shop: Shop) -> None:
        """An SKU that leaves the list is gone from its place, and only there."""
        shop.lists["inventory/source-items"] = self.stock("A", "B", "C") + self.stock("A", code="y")
        store.pull("source_items")
        del shop.lists["inventory/source-items"][0]
        assert store.pull("source_items")["records_deleted"] == 1
        live = {(found["source_code"], found["sku"]) for found in store.lake.documents(self.table)}
        assert live == {("x", "B"), ("x", "C"), ("y", "A")}

    def test_a_refused_record_deletes_nothing(self, store: Store, shop: Shop) -> None:
        """A list with a record that cannot be read does not know what is gone."""
        shop.lists["inventory/source-items"] = self.stock("A", "B", "C", "D")
        store.pull("source_items")
        shop.lists["inventory/source-items"] = [*self.stock("A", "B"), {"source_code": "x", "sku": "C"}]
        assert store.pull("source_items")["records_deleted"] == 0
        assert len(store.lake.documents(self.table)) == 4

    def test_a_list_that_shrank_waits_for_a_person(self, store: Store, shop: Shop) -> None:
        """An index that is being rebuilt answers with nothing: it must not delete all stock."""
        shop.lists["inventory/source-items"] = self.stock("A", "B", "C", "D")
        store.pull("source_items")
        shop.lists["inventory/source-items"] = self.stock("A")
        pull = store.pull("source_items")
        assert (pull["items_held"], pull["records_deleted"]) == (1, 0)
        accepted = store.pull("source_items", accept=frozenset({"magento/de/source_items"}))
        assert accepted["records_deleted"] == 3

    def test_a_broken_page_fails_the_pull(self, store: Store, shop: Shop) -> None:
        """All or nothing: with a hole in it, a whole list would delete what it could not read."""
        shop.lists["inventory/source-items"] = self.stock("A", "B")
        store.pull("source_items")
        shop.spoil.append(lambda request: Reply(500, "{}"))
        assert store.outcome("source_items").error is not None
        assert len(store.lake.documents(self.table)) == 2


# ---------- who may ask ----------


def test_a_bearer_token_is_sent_and_never_told(store: Store, shop: Shop) -> None:
    """The token stands in the header, and nowhere in the ledger, the lake or an error."""
    shop.lists["orders"] = [order(1)]
    store.declare(secret="SECRET_BEARER")
    shop.allowed = lambda request: request.headers.get("authorization") == "Bearer tok-hidden"
    store.pull()
    shop.allowed = lambda request: False
    error = store.outcome().error
    assert "tok-hidden" not in store.told + str(error)
    assert "tok-hidden" not in json.dumps(store.lake.bronze(ORDERS), default=str)


def test_oauth_signs_each_request_with_a_fresh_nonce(store: Store, shop: Shop) -> None:
    """Magento refuses a nonce that it has seen, so that a retry with an old signature never succeeds."""
    shop.lists["orders"] = [order(n) for n in range(1, 6)]
    store.declare(secret="SECRET_OAUTH")
    nonces: list[str] = []

    def allowed(request: Request) -> bool:
        fields = dict(re.findall(r'(\w+)="([^"]*)"', request.headers.get("authorization", "")))
        nonces.append(fields["oauth_nonce"])
        return unquote(fields["oauth_signature"]) == signature(shop, request, fields)

    shop.allowed = allowed
    shop.spoil.append(lambda request: (allowed(request), Reply(503, "{}"))[1] if request.number == 1 else None)
    assert store.pull()["records_landed"] == 5
    assert len(nonces) == len(set(nonces)) == len(shop.requests) > 2


def signature(shop: Shop, request: Request, fields: dict[str, str]) -> str:
    """RFC 5849's signature, worked out apart from any library."""

    def escape(text: str) -> str:
        return quote(text, safe="-._~")

    given = {name: unquote(value) for name, value in fields.items() if name != "oauth_signature"}
    pairs = sorted((escape(name), escape(value)) for name, value in {**request.query, **given}.items())
    address = shop.url.removesuffix("/magento/de") + request.path
    base = "&".join(map(escape, ("GET", address, "&".join(f"{name}={value}" for name, value in pairs))))
    key = "&".join(escape(json.loads(SECRETS["SECRET_OAUTH"])[name]) for name in ("consumer_secret", "token_secret"))
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), "sha256")).decode()


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("SECRET_NONE", "is missing"),
        ("SECRET_TEXT", "no JSON object"),
        ("SECRET_HALF", "lacks consumer_secret, token_secret"),
        ("SECRET_LINE", "no header can hold"),
    ],
)
def test_a_wrong_secret_is_named_and_not_shown(store: Store, secret: str, problem: str) -> None:
    """The error says which secret is wrong and how, without a character of it."""
    store.declare(secret=secret)
    error = str(store.outcome().error)
    assert secret in error
    assert problem in error
    assert "hidden" not in error


# ---------- what is not complete, and clocks ----------


def same_times(number: int) -> list[dict[str, Any]]:
    """Orders of one second, as a batch job leaves them."""
    return [order(n) for n in range(1, number + 1)]


@pytest.mark.parametrize("size", [3, 7])
def test_ties_in_another_order_on_each_page_lose_no_record(store: Store, shop: Shop, size: int) -> None:
    """A server that breaks ties at random sends some records twice and others not: as many came as it counts, of fewer."""
    store.declare(page_size=size)
    shop.lists["orders"] = same_times(20)
    shuffled = random.Random(size)

    def shuffles(request: Request) -> None:
        shuffled.shuffle(shop.lists["orders"])
        for name in [name for name in request.query if "[sortOrders][1]" in name]:
            del request.query[name]

    shop.spoil.append(shuffles)
    pull = store.pull()
    assert store.numbers() == list(range(1, 21))
    assert (pull["records_landed"], pull["records_quarantined"]) == (20, 0)


@pytest.mark.parametrize("missing", [{4}, {1}, {2, 9}])
@pytest.mark.parametrize("size", [300, 10, 4])
def test_a_record_that_is_counted_and_never_sent_costs_itself(
    store: Store, shop: Shop, missing: set[int], size: int
) -> None:
    """A row of an index without its order: the others land, and it is told, not waited for."""
    store.declare(page_size=size)
    shop.lists["orders"] = [order(n, f"2025-01-07 10:00:{n:02d}") for n in range(1, 11)]
    spoil_pages(shop, lambda page: page.update(items=[one for one in page["items"] if one["entity_id"] not in missing]))
    pull = store.pull()
    assert store.numbers() == sorted({*range(1, 11)} - missing)
    assert pull["records_quarantined"] == len(missing)
    assert {row["rule"] for row in store.lake.quarantine()} == {"unreadable_page"}
    assert "are counted by the server and were not sent" in pull["notes"]


def test_a_newest_record_that_is_not_sent_is_told_and_asked_for_again(store: Store, shop: Shop) -> None:
    """Where a list ends is told by its newest record that can be read: what lies behind it must not be silent."""
    shop.lists["orders"] = [order(n, f"2025-01-07 10:00:{n:02d}") for n in range(1, 11)]
    hidden = {10}
    spoil_pages(shop, lambda page: page.update(items=[one for one in page["items"] if one["entity_id"] not in hidden]))
    assert "the newest 1 record(s) could not be read" in store.pull()["notes"]
    assert store.numbers() == list(range(1, 10))
    hidden.clear()
    store.pull()
    assert store.numbers() == list(range(1, 11))


@pytest.mark.parametrize("total", [3, 5, 6, 7, 13])
def test_a_count_of_the_page_alone_ends_nothing(store: Store, shop: Shop, total: int) -> None:
    """A server whose total_count is what the page holds would end each window with its first page."""
    store.declare(page_size=3)
    shop.lists["orders"] = same_times(total)
    spoil_pages(shop, lambda page: page.update(total_count=len(page["items"])))
    assert store.pull()["records_landed"] == total


def test_items_that_are_an_object_are_read(store: Store, shop: Shop) -> None:
    """PHP writes a list that has lost its first number as an object: its values are the records."""
    shop.lists["orders"] = [order(1, note="a{b[c"), order(2)]
    spoil_pages(shop, lambda page: page.update(items={str(n): one for n, one in enumerate(page["items"], 4)}))
    assert store.pull()["records_landed"] == 2
    assert store.numbers() == [1, 2]


@pytest.mark.parametrize("items", [None, "gone", 7])
def test_a_page_without_a_list_of_items_is_told(store: Store, shop: Shop, items: Any) -> None:
    """A page that counts records and has none must not be an empty week."""
    shop.lists["orders"] = [order(1), order(2)]
    spoil_pages(shop, lambda page: page.update(items=items))
    outcome = store.outcome()
    assert "the answer counts records and has no list of items" in str(outcome.error)
    assert store.lake.rows("bronze/magento__orders") == []


@pytest.mark.parametrize("entities", [("source_items",)])
def test_nothing_is_deleted_that_moved_between_two_pages(store: Store, shop: Shop) -> None:
    """One goes and one comes while the list is read: the count stays, and the record that moved ahead is not seen."""
    store.declare(page_size=5)
    stock = [{"source_code": "x", "sku": f"SK{n:02d}", "quantity": n} for n in range(12)]
    shop.lists["inventory/source-items"] = list(stock)
    store.pull("source_items")
    swapped: list[bool] = []

    def swaps(request: Request) -> Reply | None:
        reply = shop.listed(request)
        if request.page == (1, 5) and not swapped:
            swapped.append(True)
            rows = shop.lists["inventory/source-items"]
            shop.lists["inventory/source-items"] = [rows[0], *rows[2:], {**rows[-1], "sku": "SK99"}]
        return reply

    shop.spoil.append(swaps)
    pull = store.pull("source_items")
    assert pull["records_deleted"] == 0
    assert "are still there" in pull["notes"]
    assert store.pull("source_items")["records_deleted"] == 1
    assert store.numbers("magento__source_items", "sku") == sorted(
        {f"SK{n:02d}" for n in range(12)} - {"SK01"} | {"SK99"}
    )


@pytest.mark.parametrize("entities", [("source_items",)])
def test_a_whole_list_that_lacks_a_record_deletes_nothing_and_waits(store: Store, shop: Shop) -> None:
    """What is counted and not sent may be any record of the list: none gets a delete, and a replay closes nothing."""
    stock = [{"source_code": "x", "sku": f"SK{n:02d}", "quantity": n} for n in range(6)]
    shop.lists["inventory/source-items"] = list(stock)
    store.pull("source_items")
    hidden = {"SK03"}
    spoil_pages(
        shop,
        lambda page: page.update(items=[one for one in page["items"] if one["sku"] not in hidden]),
        "inventory/source-items",
    )
    pull = store.pull("source_items")
    assert (pull["records_deleted"], pull["records_quarantined"]) == (0, 1)
    run.replay(store.environment, ["magento"])
    assert store.lake.replayed() == set()
    hidden.clear()
    assert store.pull("source_items")["records_quarantined"] == 0
    assert len(store.numbers("magento__source_items", "sku")) == 6


@pytest.mark.parametrize("at", [None, "0000-00-00 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "soon"])
@pytest.mark.parametrize("since", [None, "2025-01-01"])
def test_a_record_without_a_usable_time_costs_itself(
    store: Store, shop: Shop, at: str | None, since: str | None
) -> None:
    """No window finds it, or every one up to the year 9999 would have to be read: it is refused once, and told."""
    store.declare(since=since)
    shop.lists["orders"] = [order(1, "2025-01-07 10:00:00"), order(2), order(3) | {"updated_at": at}]
    pull = store.pull()
    assert store.numbers() == [1, 2]
    assert (pull["records_landed"], pull["records_quarantined"]) == (2, 1)
    assert pull["requests"] < 15
    assert [row["field"] for row in store.lake.quarantine()] == ["updated_at"]
    again = store.pull()
    assert (again["records_landed"], again["records_quarantined"]) == (0, 0)
    shop.lists["orders"].append(order(4, "2025-01-08 10:00:00"))
    assert store.pull()["records_landed"] == 1


@pytest.mark.parametrize("at", ["1905-03-01 00:00:00", "1970-01-01 00:00:00"])
def test_one_old_record_does_not_cost_a_request_a_week(store: Store, shop: Shop, at: str) -> None:
    """An order that an import dated 1905 lands; the hundred years after it are one window."""
    store.declare(since=None)
    shop.lists["orders"] = [order(1, at), order(2), order(3, "2025-01-20 10:00:00")]
    pull = store.pull()
    assert (pull["records_landed"], store.numbers()) == (3, [1, 2, 3])
    assert pull["requests"] < 20


@pytest.mark.parametrize("date_header", ["Tue, 07 Jan 2025 12:00:00 GMT", ""])
def test_a_clock_that_was_ahead_once_hides_nothing(
    store: Store, shop: Shop, date_header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the shop's clock said 2035, and an order was dated so; what changes in 2025 afterwards is read all the same."""
    clock = [datetime(2025, 1, 7, 12, tzinfo=UTC)]
    monkeypatch.setattr(times, "now", lambda: clock[0])
    shop.date = "Tue, 09 Jan 2035 12:00:00 GMT" if date_header else ""
    shop.lists["orders"] = [order(1), order(2, "2035-01-07 10:00:00")]
    pull = store.pull()
    assert (pull["records_landed"], pull["window_end"].year) == (2, 2025)
    assert pull["requests"] < 15
    clock[0] = datetime(2025, 1, 21, tzinfo=UTC)
    shop.date = date_header
    shop.lists["orders"].append(order(3, "2025-01-05 10:00:00"))
    shop.lists["orders"].append(order(4, "2025-01-20 10:00:00"))
    store.pull()
    assert 4 in store.numbers()


def test_windows_that_a_wrong_clock_closed_are_opened_again(
    store: Store, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that says that all was read until 2035 was told so by a clock: what came after that pull is read."""
    clock = [datetime(2025, 1, 7, 12, tzinfo=UTC)]
    monkeypatch.setattr(times, "now", lambda: clock[0])
    shop.lists["orders"] = [order(1), order(2, "2035-01-07 10:00:00")]
    with monkeypatch.context() as patch:
        # As it was landed before both clocks were asked.
        patch.setattr(rest_system.RestExtraction, "_clock", lambda self, pages: datetime(2036, 1, 1, tzinfo=UTC))
        assert store.pull()["window_end"].year == 2035
    clock[0] = datetime(2025, 2, 1, tzinfo=UTC)
    shop.lists["orders"].append(order(3, "2025-01-20 10:00:00"))
    store.pull()
    assert store.numbers() == [1, 2, 3]


@pytest.mark.parametrize("entities", [("orders", "source_items")])
def test_a_list_that_a_shop_does_not_have_can_be_left_out(store: Store, shop: Shop) -> None:
    """A shop without inventory modules answers 404 for that list alone: the advice says how to leave it out."""
    shop.lists["orders"] = [order(1)]
    del shop.lists["inventory/source-items"]
    error = str(store.outcome("source_items").error)
    assert 'declare without = ["source_items"] in [magento.de]' in error
    assert store.outcome("orders").error is None
    store.declare(without=["source_items"])
    outcomes = run.ingest(store.environment, ["magento"], source="de")
    assert [(outcome.feed.entity, outcome.error) for outcome in outcomes] == [("orders", None)]
    store.declare(without=["stock"])
    with pytest.raises(StorelakeError, match=r"\[magento.de\] without: there is no entity 'stock'. Known are: orders"):
        run.ingest(store.environment, ["magento"])
    store.declare()


def spoil_pages(shop: Shop, change: Any, entity: str = "orders") -> None:
    """Let `change` do something to each page of a searched list."""

    def spoil(request: Request) -> Reply | None:
        reply = shop.listed(request)
        page = json.loads(reply.body)
        if not isinstance(page, dict) or "items" not in page or request.entity != entity:
            return None
        change(page)
        return Reply(reply.status, json.dumps(page))

    shop.spoil.append(spoil)
