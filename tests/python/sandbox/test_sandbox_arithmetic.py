"""Magento's sums, to the cent, in each document by itself and between documents, in both currencies."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from test_sandbox_truth import SHIPPING_HELD, dec, money_rows
from visitor import SOURCES

Served = dict[str, dict[str, list[Any]]]
SIDES = pytest.mark.parametrize("side", ["", "base_"])
CENT = Decimal("0.01")
LEVY = {"": "weee_tax_applied_row_amount", "base_": "base_weee_tax_applied_row_amnt"}
"""Magento cuts the second name."""


def every(served: Served, path: str) -> list[Any]:
    return [one for source in SOURCES for one in served[source][path]]


@SIDES
def test_orders_add_up(served: Served, side: str) -> None:
    """Lines to subtotal, discounts and tax; those with shipping to the grand total; nothing is lost by rounding."""
    orders = every(served, "orders")
    for order in orders:

        def get(name: str, order: Any = order) -> Decimal:
            return dec(order.get(f"{side}{name}"))

        rows = money_rows(order)
        assert get("subtotal") == sum(dec(row[f"{side}row_total"]) for row in rows)
        assert -get("discount_amount") == get("shipping_discount_amount") + sum(
            dec(row[f"{side}discount_amount"]) for row in rows
        )
        assert get("tax_amount") == get("shipping_tax_amount") + sum(dec(row[f"{side}tax_amount"]) for row in rows)
        held = get("discount_tax_compensation_amount")
        assert held == sum(dec(row[f"{side}discount_tax_compensation_amount"]) for row in rows)
        assert get("grand_total") == (
            get("subtotal")
            + get("discount_amount")
            + held
            + dec(order[SHIPPING_HELD[side]])
            + get("shipping_amount")
            + get("tax_amount")
            + sum(dec(row.get(LEVY[side])) for row in rows)
        )
        assert get("total_due") == get("grand_total") - get("total_paid")
        for row in rows:
            assert dec(row[f"{side}row_total"]) == dec(row[f"{side}price"]) * row["qty_ordered"]
            off = dec(row[f"{side}discount_amount"]) - dec(row[f"{side}discount_tax_compensation_amount"])
            assert 0 <= off <= dec(row[f"{side}row_total"])
    assert any(order["discount_amount"] for order in orders)
    assert any(order["shipping_discount_amount"] for order in orders)
    assert any(order["discount_tax_compensation_amount"] for order in orders)
    assert any(order["shipping_discount_tax_compensation_amount"] for order in orders)
    assert any(item.get("weee_tax_applied_row_amount") for order in orders for item in order["items"])


def test_order_prices_are_base_prices_by_the_rate(served: Served) -> None:
    """A price is converted by its order's rate and rounded once; zloty orders have rates near the ECB's."""
    for order in every(served, "orders"):
        rate = Decimal(str(order["base_to_order_rate"]))
        for item in money_rows(order):
            assert dec(item["price"]) == (dec(item["base_price"]) * rate).quantize(CENT, ROUND_HALF_UP)
        if order["base_currency_code"] == order["order_currency_code"]:
            assert rate == 1
            assert order["grand_total"] == order["base_grand_total"]
        else:
            assert (order["base_currency_code"], order["order_currency_code"]) == ("EUR", "PLN")
            assert Decimal("4.1") < rate < Decimal("4.4")


@SIDES
@pytest.mark.parametrize("path", ["invoices", "creditmemos"])
def test_documents_add_up(served: Served, path: str, side: str) -> None:
    """The same for what was charged and what was given back, with its adjustments."""
    # Invoices have no field for levies: a unit bears what it does in its order.
    each = {
        (source, item["item_id"]): dec(item.get(LEVY[side])) / item["qty_ordered"]
        for source in SOURCES
        for order in served[source]["orders"]
        for item in order["items"]
    }
    documents = [(source, one) for source in SOURCES for one in served[source][path]]
    assert documents
    for source, one in documents:

        def get(name: str, one: Any = one) -> Decimal:
            return dec(one.get(f"{side}{name}"))

        rows = one["items"]
        assert get("subtotal") == sum((dec(row.get(f"{side}row_total")) for row in rows), Decimal(0))
        assert get("tax_amount") == get("shipping_tax_amount") + sum(dec(row.get(f"{side}tax_amount")) for row in rows)
        held = sum(dec(row.get(f"{side}discount_tax_compensation_amount")) for row in rows) + dec(
            one[SHIPPING_HELD[side]]
        )
        assert get("discount_tax_compensation_amount") == held
        levy = sum((dec(row.get(LEVY[side])) for row in rows), Decimal(0))
        if path == "invoices":
            levy = sum((each[source, row["order_item_id"]] * row["qty"] for row in rows), Decimal(0))
        assert get("grand_total") == (
            get("subtotal")
            + get("discount_amount")
            + held
            + levy
            + get("shipping_amount")
            + get("tax_amount")
            + get("adjustment_positive")
            - get("adjustment_negative")
        )
        # What is free can be charged, but nothing cannot be given back.
        assert get("grand_total") > 0 or (path == "invoices" and get("grand_total") == 0)


@SIDES
def test_documents_of_an_order_never_exceed_it(served: Served, side: str) -> None:
    """What was invoiced and refunded is told alike by order and documents, line by line; parts never exceed the whole."""
    kinds: Counter[str] = Counter()
    for source in SOURCES:
        sums: dict[str, dict[int, Decimal]] = {"invoices": defaultdict(Decimal), "creditmemos": defaultdict(Decimal)}
        units: dict[str, Counter[int]] = {name: Counter() for name in ("invoices", "creditmemos", "shipments")}
        rows: dict[str, dict[int, Decimal]] = {"invoices": defaultdict(Decimal), "creditmemos": defaultdict(Decimal)}
        for path, found in units.items():
            for one in served[source][path]:
                if path in sums:
                    sums[path][one["order_id"]] += dec(one[f"{side}grand_total"])
                for item in one["items"]:
                    found[item["order_item_id"]] += item["qty"]
                    if path in rows:
                        rows[path][item["order_item_id"]] += dec(item.get(f"{side}row_total"))
        for order in served[source]["orders"]:
            key = order["entity_id"]
            paid, back = dec(order.get(f"{side}total_invoiced")), dec(order.get(f"{side}total_refunded"))
            assert paid == sums["invoices"][key]
            assert back == sums["creditmemos"][key]
            assert back <= paid <= dec(order[f"{side}grand_total"])
            for item in money_rows(order):
                one = item["item_id"]
                assert item["qty_invoiced"] == units["invoices"][one]
                assert item["qty_refunded"] == units["creditmemos"][one]
                assert item["qty_shipped"] == units["shipments"][one]
                assert item["qty_refunded"] <= item["qty_invoiced"]
                assert item["qty_invoiced"] + item["qty_canceled"] <= item["qty_ordered"]
                assert dec(item[f"{side}row_invoiced"]) == rows["invoices"][one]
                assert dec(item[f"{side}amount_refunded"]) == rows["creditmemos"][one]
                if item["qty_invoiced"] == item["qty_ordered"]:
                    assert dec(item[f"{side}row_invoiced"]) == dec(item[f"{side}row_total"])
                    assert dec(item[f"{side}tax_invoiced"]) == dec(item[f"{side}tax_amount"])
                    assert dec(item[f"{side}discount_invoiced"]) == dec(item[f"{side}discount_amount"])
            kinds["part refunded"] += 0 < back < paid
            kinds["fully refunded"] += 0 < back == paid
            kinds["part canceled"] += paid > 0 and dec(order.get(f"{side}total_canceled")) > 0
            kinds["canceled"] += order["state"] == "canceled"
            kinds["guest"] += order["customer_is_guest"]
    assert all(kinds[name] for name in ("part refunded", "fully refunded", "part canceled", "canceled", "guest")), kinds


def test_all_kinds_of_lines_are_there(served: Served) -> None:
    """Configurable with their child's SKU, bundles of both price types, children that tell their price again."""
    kinds: Counter[str] = Counter()
    for order in every(served, "orders"):
        [assignment] = order["extension_attributes"]["shipping_assignments"]
        assert assignment["items"] == order["items"]
        by_id = {item["item_id"]: item for item in order["items"]}
        carrying = {item["item_id"] for item in money_rows(order)}
        for item in order["items"]:
            if "parent_item_id" not in item:
                kinds[item["product_type"]] += 1
                continue
            parent = by_id[item["parent_item_id"]]
            assert item["parent_item"] == parent
            if parent["product_type"] == "configurable":
                assert item["sku"] == parent["sku"]
                kinds["price again" if item["row_total"] else "child without price"] += 1
            elif item["item_id"] in carrying:
                kinds["part of dynamic"] += 1
                assert parent["discount_amount"] == 0
            else:
                kinds["part of fixed"] += 1
                assert item["row_total"] == 0
    wanted = {
        "simple",
        "configurable",
        "bundle",
        "price again",
        "child without price",
        "part of dynamic",
        "part of fixed",
    }
    assert wanted == set(kinds)
