"""Search, paging and sorting with the traps of the real thing."""

from typing import Any

import pytest
from visitor import Visitor, criteria, sandbox

Served = dict[str, dict[str, list[Any]]]


def found(visitor: Visitor, query: dict[str, Any], path: str = "orders", source: str = "de") -> list[int]:
    answer = visitor.get(source, path, {**query, "fields": "items[entity_id,id,sku]"})
    assert answer.status_code == 200, answer.text
    return [one.get("entity_id", one.get("id", one.get("sku"))) for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("condition", "value", "keep"),
    [
        ("eq", "canceled", lambda order: order["status"] == "canceled"),
        ("neq", "delivered", lambda order: order["status"] != "delivered"),
        ("in", "closed,canceled", lambda order: order["status"] in ("closed", "canceled")),
        ("nin", "delivered,complete", lambda order: order["status"] not in ("delivered", "complete")),
        ("like", "c%e_", lambda order: order["status"] == "canceled" or order["status"] == "closed"),
        ("nlike", "%e%", lambda order: "e" not in order["status"]),
        ("gt", "complete", lambda order: order["status"] > "complete"),
        ("lteq", "complete", lambda order: order["status"] <= "complete"),
        ("finset", "pending", lambda order: order["status"] == "pending"),
        ("notnull", "", lambda order: True),
        ("null", "", lambda order: False),
    ],
)
def test_conditions_on_texts(visitor: Visitor, served: Served, condition: str, value: str, keep: Any) -> None:
    """Conditions select what a plain reading of the documents selects."""
    expected = {order["entity_id"] for order in served["de"]["orders"] if keep(order)}
    query = criteria(size=300, sorts=[("entity_id", "ASC")], **{f"status__{condition}": value})
    assert set(found(visitor, query)) == expected


@pytest.mark.parametrize("condition", ["gt", "gteq", "from", "moreq", "lt", "lteq", "to", "eq", "neq"])
def test_conditions_on_times_and_numbers(visitor: Visitor, served: Served, condition: str) -> None:
    """The same for what is compared as numbers; a second that an order has belongs to `gteq` and not to `gt`."""
    compare: dict[str, Any] = {
        "gt": lambda a, b: a > b,
        "lt": lambda a, b: a < b,
        "eq": lambda a, b: a == b,
        "neq": lambda a, b: a != b,
    }
    keep = compare.get(condition) or (
        (lambda a, b: a >= b) if condition in ("gteq", "from", "moreq") else (lambda a, b: a <= b)
    )
    for field in ("updated_at", "entity_id", "grand_total"):
        middle = sorted(order[field] for order in served["de"]["orders"])[120]
        expected = {order["entity_id"] for order in served["de"]["orders"] if keep(order[field], middle)}
        assert set(found(visitor, criteria(size=300, **{f"{field}__{condition}": str(middle)}))) == expected


def test_groups_are_and_filters_are_or(visitor: Visitor, served: Served) -> None:
    """OR inside a group, AND between groups, `eq` by default, and camel case all the same."""
    query = {
        "searchCriteria[filterGroups][0][filters][0][field]": "status",
        "searchCriteria[filterGroups][0][filters][0][value]": "canceled",
        "searchCriteria[filterGroups][0][filters][1][field]": "status",
        "searchCriteria[filterGroups][0][filters][1][value]": "%clos%",
        "searchCriteria[filterGroups][0][filters][1][conditionType]": "like",
        "searchCriteria[filterGroups][1][filters][0][field]": "store_id",
        "searchCriteria[filterGroups][1][filters][0][value]": "1",
        "searchCriteria[pageSize]": 300,
    }
    expected = {
        order["entity_id"]
        for order in served["de"]["orders"]
        if order["status"] in ("canceled", "closed") and order["store_id"] == 1
    }
    assert expected
    assert set(found(visitor, query)) == expected


def test_store_code_filters_nothing_and_store_id_does(visitor: Visitor, served: Served) -> None:
    """A store code in the path is no filter: who relies on it counts other stores' orders."""
    views = {order["store_id"] for order in served["de"]["orders"]}
    assert views == {1, 2}
    for store in ("default", "all", "de_en"):
        assert visitor.get("de", "orders", criteria(size=1), store).json()["total_count"] == 240
    only = visitor.get("de", "orders", criteria(size=1, store_id__in="2")).json()["total_count"]
    assert only == sum(order["store_id"] == 2 for order in served["de"]["orders"])
    assert visitor.get("de", "orders", criteria(size=1), "us_en").status_code == 404


def test_sorted_pages_hold_every_row_once_and_others_do_not(visitor: Visitor) -> None:
    """Rows that a sort leaves equal repeat or go missing from page to page, as do rows without a sort."""

    def pages(sorts: list[tuple[str, str]], path: str) -> list[int]:
        total = visitor.get("de", path, criteria(size=1)).json()["total_count"]
        size = 20 if path == "orders" else 2
        return [
            one
            for page in range(1, -(-total // size) + 1)
            for one in found(visitor, criteria(size=size, page=page, sorts=sorts), path)
        ]

    for path, key in (("orders", "entity_id"), ("products", "id")):
        whole = pages([("updated_at", "ASC"), (key, "ASC")], path)
        assert len(whole) == len(set(whole))
        shaky = pages([] if path == "orders" else [("updated_at", "ASC")], path)
        assert len(shaky) == len(whole)
        assert len(set(shaky)) < len(whole)


def test_directions(visitor: Visitor, served: Served) -> None:
    """DESC by default; a field that is no number is sorted as well."""
    newest = found(visitor, {"searchCriteria[sortOrders][0][field]": "entity_id", "searchCriteria[pageSize]": 3})
    assert newest == [240, 239, 238]
    by_total = found(visitor, criteria(size=300, sorts=[("grand_total", "ASC"), ("entity_id", "DESC")]))
    expected = sorted(served["de"]["orders"], key=lambda order: (order["grand_total"], -order["entity_id"]))
    assert by_total == [order["entity_id"] for order in expected]


def test_fields_trim_the_answer(visitor: Visitor) -> None:
    """`fields` keeps what it names, as deep as it goes, and nothing else."""
    answer = visitor.get(
        "de", "orders", {**criteria(size=2), "fields": "items[increment_id,items[sku],payment[method]],total_count"}
    ).json()
    assert set(answer) == {"items", "total_count"}
    for order in answer["items"]:
        assert set(order) == {"increment_id", "items", "payment"}
        assert set(order["payment"]) == {"method"}
        assert all(set(item) == {"sku"} for item in order["items"])


def test_behind_the_last_page(visitor: Visitor) -> None:
    """2.4 answers nothing, 2.3 the last page for ever; the count is that of all rows on both; limits can be off."""
    sorts = [("updated_at", "ASC"), ("entity_id", "ASC")]
    new = [visitor.get("gb", "orders", criteria(size=50, page=page, sorts=sorts)).json() for page in (3, 4, 9)]
    assert [len(one["items"]) for one in new] == [50, 0, 0]
    with sandbox("--orders", "600", "--magento", "2.3", "--page-limit", "0") as old_visitor:
        old = [old_visitor.get("gb", "orders", criteria(size=50, page=page, sorts=sorts)).json() for page in (3, 4, 9)]
        assert old[0]["items"] == old[1]["items"] == old[2]["items"] == new[0]["items"]
        assert {one["total_count"] for one in new + old} == {150}
        assert [one["search_criteria"]["current_page"] for one in old] == [3, 4, 9]
        assert len(old_visitor.get("gb", "orders", criteria(sorts=sorts)).json()["items"]) == 150
        assert old_visitor.get("gb", "orders", criteria(size=301)).status_code == 200
    assert len(visitor.get("gb", "orders", criteria(sorts=sorts)).json()["items"]) == 20


def test_what_magento_refuses(visitor: Visitor) -> None:
    """Search criteria must be there, and a page's size a number, an operator one that there is."""
    for query in (
        None,
        {"searchCriteria[pageSize]": "many"},
        criteria(status__around="1"),
        criteria(items__eq="1"),
    ):
        assert visitor.get("de", "orders", query).status_code == 400


def within(small: Any, large: Any) -> bool:
    """Whether everything in `small` is in `large`, at its place."""
    if isinstance(small, dict):
        return all(name in large and within(value, large[name]) for name, value in small.items())
    if isinstance(small, list):
        return len(small) == len(large) and all(map(within, small, large))
    return bool(small == large)


def test_lean_and_warm_change_no_value(visitor: Visitor, served: Served) -> None:
    """What a benchmark reads is the same data: lean orders have fewer fields, and documents made ahead are no others."""
    with sandbox("--orders", "600", "--lean", "--warm") as other:
        for source in ("de", "pl"):
            lean, full = other.pull(source, "orders"), served[source]["orders"]
            assert all(map(within, lean, full))
            assert len(lean) == len(full)
            assert len(str(lean)) < len(str(full)) / 3
            assert not within(lean[0], full[1])
            for path in ("invoices", "creditmemos", "shipments"):
                assert other.pull(source, path) == served[source][path]
