"""The truth against the documents: two ways from the same world must meet, line by line.

The documents are read here by a reader of its own, in plain Python and with decimals, as one reads Magento's documentation.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import lxml.etree
import pytest
from visitor import SOURCES, Visitor

ZONES = {"de": "Europe/Berlin", "gb": "Europe/London", "pl": "Europe/Warsaw", "us": "America/New_York"}
Served = dict[str, dict[str, list[Any]]]
Truth = dict[str, list[dict[str, Any]]]
SHIPPING_HELD = {
    "": "shipping_discount_tax_compensation_amount",
    "base_": "base_shipping_discount_tax_compensation_amnt",
}
"""The tax that the shipping's discount holds: Magento cuts the second name."""
PARTS = ("gross_amount", "discount_amount", "net_amount", "tax_amount")


def dec(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007


def local(source: str, text: str) -> date:
    return instant(text).replace(tzinfo=UTC).astimezone(ZoneInfo(ZONES[source])).date()


def money_rows(order: Any) -> list[Any]:
    """The rows that carry money: children of a bundle whose children have prices, else rows without a parent."""
    priced = {item["parent_item_id"] for item in order["items"] if item.get("parent_item_id") and item["row_total"]}
    kinds = {item["item_id"]: item["product_type"] for item in order["items"]}
    dynamic = {key for key in priced if kinds[key] == "bundle"}
    return [
        item
        for item in order["items"]
        if (item["parent_item_id"] in dynamic if item.get("parent_item_id") else item["item_id"] not in dynamic)
    ]


def amounts(row: Any, sign: int = 1) -> dict[str, Decimal]:
    """A row's amounts, in both currencies."""
    found = {}
    for side, prefix in (("", ""), ("_base", "base_")):
        gross, off = dec(row.get(f"{prefix}row_total")), dec(row.get(f"{prefix}discount_amount"))
        off -= dec(row.get(f"{prefix}discount_tax_compensation_amount"))
        levy = dec(row.get("base_weee_tax_applied_row_amnt" if prefix else "weee_tax_applied_row_amount"))
        tax = dec(row.get(f"{prefix}tax_amount")) + levy
        for name, value in zip(PARTS, (gross, off, gross - off, tax), strict=True):
            found[name + side] = sign * value
    return found


def picked(row: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in like}


def test_lines_are_what_the_documents_say(served: Served, truth: Truth) -> None:
    """Each sold unit in exactly one line, with its money in both currencies: no row counted twice, none left out."""
    expected = {(row["source"], row["order_line_id"]): row for row in truth["order_lines"]}
    found = 0
    for source in SOURCES:
        for order in served[source]["orders"]:
            children = defaultdict(list)
            for item in order["items"]:
                children[item.get("parent_item_id")].append(item)
            for item in money_rows(order):
                child = children[item["item_id"]][0] if item["product_type"] == "configurable" else item
                row = {
                    "order_id": str(order["entity_id"]),
                    "sku": child["sku"],
                    "product_id": str(child["product_id"]),
                    "quantity": item["qty_ordered"],
                    "quantity_canceled": item["qty_canceled"],
                    "unit_price": dec(item["price"]),
                    "unit_price_base": dec(item["base_price"]),
                    "currency": order["order_currency_code"],
                    "base_currency": order["base_currency_code"],
                    "customer_id": str(order["customer_id"]) if order.get("customer_id") else None,
                    "ordered_at": instant(order["created_at"]),
                    "order_date": local(source, order["created_at"]),
                    **amounts(item),
                }
                assert picked(expected[source, str(item["item_id"])], row) == row
                found += 1
    assert found == len(expected) > 900


def test_orders_are_what_the_documents_say(served: Served, truth: Truth) -> None:
    """Totals and states of each order, and when it was paid, shipped and given back."""
    expected = {(row["source"], row["order_id"]): row for row in truth["orders"]}
    for source in SOURCES:
        times: dict[str, dict[str, list[datetime]]] = {}
        for path in ("invoices", "shipments", "creditmemos"):
            times[path] = defaultdict(list)
            for one in served[source][path]:
                times[path][str(one["order_id"])].append(instant(one["created_at"]))
        for order in served[source]["orders"]:
            key = str(order["entity_id"])
            shipping = order["extension_attributes"]["shipping_assignments"][0]["shipping"]
            histories = {one["status"]: one["created_at"] for one in order["status_histories"]}
            row = {
                "increment_id": order["increment_id"],
                "store_id": order["store_id"],
                "state": order["state"],
                "status": order["status"],
                "updated_at": instant(order["updated_at"]),
                "is_guest": bool(order["customer_is_guest"]),
                "ship_country": shipping["address"]["country_id"],
                "lines": len(money_rows(order)),
                "paid_at": min(times["invoices"][key], default=None),
                "shipped_at": min(times["shipments"][key], default=None),
                "refunded_at": min(times["creditmemos"][key], default=None),
                "delivered_at": instant(histories["delivered"]) if "delivered" in histories else None,
                "canceled_at": instant(histories["canceled"]) if "canceled" in histories else None,
            }
            for side, prefix in (("", ""), ("_base", "base_")):
                row |= {
                    f"shipping_amount{side}": dec(order[f"{prefix}shipping_amount"]),
                    f"shipping_discount_amount{side}": dec(order[f"{prefix}shipping_discount_amount"])
                    - dec(order[SHIPPING_HELD[prefix]]),
                    f"shipping_tax_amount{side}": dec(order[f"{prefix}shipping_tax_amount"]),
                    f"total_amount{side}": dec(order[f"{prefix}grand_total"]),
                    f"gross_amount{side}": dec(order[f"{prefix}subtotal"]),
                    f"invoiced_amount{side}": dec(order.get(f"{prefix}total_invoiced")),
                    f"refunded_amount{side}": dec(order.get(f"{prefix}total_refunded")),
                    f"canceled_amount{side}": dec(order.get(f"{prefix}total_canceled")),
                }
            assert picked(expected[source, key], row) == row
        assert sum(one == source for one, _ in expected) == len(served[source]["orders"])


def test_refunds_are_what_the_credit_memos_say(served: Served, truth: Truth) -> None:
    """Each refunded unit, shipping and adjustment once, negative, on the day of the refund where the shop is."""
    found = Counter(
        (
            row["source"],
            row["credit_memo_id"],
            row["kind"],
            row["order_line_id"],
            row["refund_date"],
            row["quantity"],
            *(row[name + side] for side in ("", "_base") for name in PARTS),
        )
        for row in truth["refunds"]
    )
    expected: Counter[Any] = Counter()
    kinds = Counter()
    for source in SOURCES:
        money = {item["item_id"] for order in served[source]["orders"] for item in money_rows(order)}
        for memo in served[source]["creditmemos"]:
            rows = [
                ("line", str(item["order_item_id"]), -item["qty"], amounts(item, -1))
                for item in memo["items"]
                if item["order_item_id"] in money
            ]
            for kind, name, tax, sign in (
                ("shipping", "shipping_amount", "shipping_tax_amount", -1),
                ("adjustment_positive", "adjustment_positive", None, -1),
                ("adjustment_negative", "adjustment_negative", None, 1),
            ):
                if memo[name] or memo[f"base_{name}"]:
                    plain = {
                        f"{prefix}{field}": memo[f"{prefix}{of}"]
                        for prefix in ("", "base_")
                        for field, of in (("row_total", name), ("tax_amount", tax))
                        if of
                    }
                    if kind == "shipping":
                        # What of the memo's discount, and of the tax in it, is not its items'.
                        for prefix in ("", "base_"):
                            items = sum(dec(row.get(f"{prefix}discount_amount")) for row in memo["items"])
                            plain[f"{prefix}discount_amount"] = -dec(memo[f"{prefix}discount_amount"]) - items
                            plain[f"{prefix}discount_tax_compensation_amount"] = memo[SHIPPING_HELD[prefix]]
                        kinds["discounted shipping"] += plain["discount_amount"] > 0
                    rows.append((kind, None, 0, amounts(plain, sign)))
            for kind, line, quantity, sides in rows:
                kinds[kind] += 1
                day = local(source, memo["created_at"])
                values = tuple(sides[name + side] for side in ("", "_base") for name in PARTS)
                expected[source, str(memo["entity_id"]), kind, line, day, quantity, *values] += 1
    assert found == expected
    assert all(kinds[kind] > 3 for kind in ("line", "shipping", "adjustment_positive", "adjustment_negative"))
    assert kinds["discounted shipping"]


def test_shipments_and_status_events_are_what_the_documents_say(served: Served, truth: Truth) -> None:
    """Each shipped unit of a sold line once, although children are listed too, and each entry of the histories."""
    shipped: Counter[Any] = Counter()
    events = set()
    for source in SOURCES:
        money = {item["item_id"] for order in served[source]["orders"] for item in money_rows(order)}
        for shipment in served[source]["shipments"]:
            for item in shipment["items"]:
                if item["order_item_id"] in money:
                    shipped[source, str(shipment["entity_id"]), str(item["order_item_id"]), item["qty"]] += 1
        for order in served[source]["orders"]:
            for one in order["status_histories"]:
                events.add((source, str(one["entity_id"]), one["status"], instant(one["created_at"])))
    assert shipped == Counter(
        (row["source"], row["shipment_id"], row["order_line_id"], row["quantity"]) for row in truth["shipment_lines"]
    )
    told = [(row["source"], row["event_id"], row["status"], row["happened_at"]) for row in truth["status_events"]]
    assert events == set(told)
    assert len(told) == len(events)


@pytest.fixture(scope="module")
def clock(visitor: Visitor) -> Any:
    """Moves the clock; at the end it stands at the end of the data again."""
    yield lambda moment: visitor.post("clock", now=moment.strftime("%Y-%m-%dT%H:%M:%SZ")).raise_for_status()
    visitor.post("clock", now="2026-04-10T23:59:59Z").raise_for_status()


def test_stock_is_what_the_feeds_say_each_day(visitor: Visitor, truth: Truth, clock: Any) -> None:
    """Source items and the plain feed, looked at on some evenings, hold what the truth has of the day: 5, 3, 5 too."""
    days: dict[tuple[date, str], dict[str, int]] = defaultdict(dict)
    for row in truth["stock_daily"]:
        if row["is_listed"]:
            days[row["date_day"], row["location"]][row["sku"]] = row["quantity"]
    swings = []
    first = date(2025, 6, 1)
    for day in (*(first + timedelta(days=step) for step in range(4)), date(2026, 3, 31)):
        clock(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC))
        feed = lxml.etree.fromstring(visitor.client.get(f"{visitor.url}/feeds/central.xml").content)
        central = {item.get("sku"): int(item.findtext("quantity") or "") for item in feed}
        assert central == days[day, "central"]
        swings.append(central["SL-1001"])
        for source in SOURCES:
            found: dict[str, dict[str, int]] = defaultdict(dict)
            for item in visitor.pull(source, "inventory/source-items", key="sku"):
                found[item["source_code"]][item["sku"]] = item["quantity"]
            for place, held in found.items():
                assert held == days[day, place]
    assert swings[:4] in ([5, 3, 5, 3], [3, 5, 3, 5])
    left = {row["sku"] for row in truth["stock_daily"] if row["location"] == "central" and not row["is_listed"]}
    assert left, "no SKU has left the central feed"


def test_prices_are_what_the_products_said(visitor: Visitor, truth: Truth, clock: Any) -> None:
    """At any moment a product's price is the one whose interval holds it; prices move during the data."""
    moments = [datetime(2025, 1, 2, 23, 59, 59), datetime(2025, 9, 9, 23, 59, 59), datetime(2026, 4, 10, 23, 59, 59)]  # noqa: DTZ001
    seen = defaultdict(set)
    for moment in moments:
        clock(moment)
        for source in SOURCES:
            expected = {
                row["sku"]: row["price"]
                for row in truth["price_intervals"]
                if row["source"] == source
                and row["valid_from"] <= moment
                and (row["valid_to"] is None or moment < row["valid_to"])
            }
            products = visitor.pull(source, "products", key="id")
            assert {one["sku"]: dec(one["price"]) for one in products if one["price"]} == expected
            for sku, price in expected.items():
                seen[source, sku].add(price)
    assert sum(len(prices) > 1 for prices in seen.values()) > 50
