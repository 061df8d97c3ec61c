"""Typing, money, keys, time and documents: DuckDB's bodies on real cases, Athena's through Athena's parser."""

import datetime as dt
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
import sqlglot
from cases import FIELDS
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import Macros, macro_files

PLACES = Decimal("0.0001")
duck = Macros("duckdb")
connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")


def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
    return connection.execute(query, parameters).fetchall()


def value(expression: str, **columns: object) -> Any:
    names = ", ".join(f"? as {name}" for name in columns)
    return rows(f"select {expression} from (select {names})", *columns.values())[0][0]


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def half_up(number: Decimal) -> Decimal:
    return number.quantize(PLACES, ROUND_HALF_UP)


# ---------- money ----------

amounts = st.decimals("-99999999", "99999999", places=4)
rates = st.decimals("0.0001", "30000", places=6)


@settings(max_examples=300, deadline=None)
@given(amounts, amounts)
def test_products_are_pythons(a: Decimal, b: Decimal) -> None:
    b = b.scaleb(-4).quantize(PLACES)
    query = f"select {duck('multiply', 'a', 'b')} from (select ?::decimal(18, 4) as a, ?::decimal(18, 4) as b)"
    assert rows(query, a, b) == [(half_up(a * b),)]


@settings(max_examples=300, deadline=None)
@given(amounts, rates, rates)
def test_converted_amounts_are_pythons(amount: Decimal, own: Decimal, target: Decimal) -> None:
    exact = amount * target / own
    assert converted(amount, own, target) == (half_up(exact) if abs(exact) < 10**13 else None)


def converted(amount: Decimal | None, own: Decimal | None, target: Decimal | None) -> Any:
    query = f"""
        select
            {duck("convert_amount", "amount", "own", "target")},
            {duck("convert_amount", "amount", "own", "target", "factor")}
        from (
            select *, {duck("rate_factor", "own", "target")} as factor
            from (select ?::decimal(18, 4) as amount, ?::decimal(28, 12) as own, ?::decimal(28, 12) as target)
        )
    """
    alone, with_factor = rows(query, amount, own, target)[0]
    assert alone == with_factor
    return alone


@pytest.mark.parametrize(
    ("own", "target", "expected"),
    [
        ("2", "1", 0.5),
        ("1", "1.25", 1.25),
        ("0.000000000001", "1", 1e12),
        ("0", "1", None),
        ("-1", "1", None),
        ("1", "0", None),
        ("1000000000001", "1", None),
        (None, "1", None),
        ("1", None, None),
    ],
)
def test_rates_that_cannot_be_used_have_no_factor(own: str | None, target: str | None, expected: float | None) -> None:
    query = f"select {duck('rate_factor', 'own', 'target')} from (select ?::decimal(28, 12) as own, ?::decimal(28, 12) as target)"
    assert rows(query, own, target) == [(expected,)]


# ---------- keys ----------


def test_keys_tell_apart_what_is_different() -> None:
    texts: list[str | None] = ["", "|", "\\", "a", "a|", "|a", "\\N", "N", None, "é", "e\u0301", "a\\", "\\|"]
    pairs = [(a, b) for a in texts for b in texts]
    key = duck("surrogate_key", ["a", "b"])
    keys = [value(key, a=a, b=b) for a, b in pairs]
    assert len(set(keys)) == len(pairs)
    assert all(0 <= key < 2**63 for key in keys)


def test_a_fingerprint_knows_each_cell_and_setting_but_no_order() -> None:
    connection.execute("create or replace temp table one as select * from (values ('a', 1), ('b', 2)) as t (x, y)")
    connection.execute("create or replace temp table two as select * from (values ('b', 2), ('a', 1)) as t (x, y)")
    connection.execute("create or replace temp table three as select * from (values ('b', 1), ('a', 2)) as t (x, y)")

    def of(table: str, setting: str = "EUR") -> Any:
        return rows(duck("fingerprint", [{"relation": table, "columns": ["x", "y"]}], [setting]))[0][0]

    assert of("one") == of("two")
    assert len({of("one"), of("three"), of("one", "USD")}) == 3


# ---------- documents ----------


def versions(*documents: str | None) -> str:
    connection.execute(
        "create or replace temp table versions (source varchar, _record_key varchar, _is_deleted boolean,"
        " _record_at timestamp, _ingested_at timestamp, _position bigint, _sequence bigint,"
        " _document varchar)"
    )
    for position, document in enumerate(documents):
        row = ["s", str(position), document is None, None, None, position, 1, document]
        connection.execute("insert into versions values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return "versions"


def test_documents_are_typed_or_refused_with_a_reason() -> None:
    texts = duck("document_texts", versions(
        '{"a": " x ", "n": 12.50, "o": {"x y": {"z": "deep"}}, "{u}k\'s": "odd", "{u.v}w": [{"x.y": "p"}]}',
        '{"a": 7, "n": "1e1", "o": 3, "b": {}}',
        '{"a": 7.5, "n": [1]}',
        '{"n": "x"}',
        '{"a": null}',
        "[1]",
        "{",
        None,
    ), FIELDS)  # fmt: skip
    typed = duck("typed_texts", f"({texts}) as texts", FIELDS, True)
    query = f"select a, n, deep, odd, placed, _errors from ({typed}) order by _position"
    found = rows(query)
    assert found[0] == ("x", Decimal("12.5"), "deep", "odd", "p", None)
    assert found[1] == ("7", Decimal(10), None, None, None, None)
    assert [row[5] for row in found[2:]] == [
        "a: not a single value; n: not a single value",
        "a: missing; n: not a decimal",
        "a: missing",
        "a: missing",
        "a: missing",
        None,
    ]


def test_elements_are_typed_with_fields_of_their_document() -> None:
    """An order's items carry its number; one that cannot be read says so; none is required where there are none."""
    table = versions(
        '{"id": 7, "items": [{"sku": "A", "qty": 2}, {"qty": "many"}]}',
        '{"id": 8, "items": []}',
        '{"items": [{"sku": "B"}]}',
        None,
    )
    head = [{"name": "id", "path": "id", "type": "text", "required": True}]
    item = [
        {"name": "sku", "path": "sku", "type": "text", "required": True},
        {"name": "qty", "path": "qty", "type": "decimal"},
    ]
    texts = duck("element_texts", table, "items", head, item)
    typed = duck("typed_texts", f"({texts}) as texts", head, True, [], item)
    found = rows(f"select _position, id, sku, qty, _errors from ({typed}) order by _position, sku nulls last")
    assert found == [
        (0, "7", "A", Decimal(2), None),
        (0, "7", None, None, "sku: missing; qty: not a decimal"),
        (1, "8", None, None, None),
        (2, None, "B", None, "id: missing"),
        (3, None, None, None, None),
    ]


def test_the_newest_version_is_the_one_that_changed_last() -> None:
    """A version that was replayed late is not the newest; what is gone or cannot be read is none; ties go by pull."""
    connection.execute("""
        create or replace temp table stage as
        select key as _record_key, cast(changed as timestamp) as _record_at, timestamp '2025-01-09' as _ingested_at,
            sequence as _sequence, position as _position, gone as _is_deleted, errors as _errors, says
        from (values
            ('replayed', '2025-01-02', 1, 1, false, null, 'new'), ('replayed', '2025-01-01', 2, 1, false, null, 'old'),
            ('same time', '2025-01-01', 1, 2, false, null, 'old'), ('same time', '2025-01-01', 2, 2, false, null, 'new'),
            ('gone', '2025-01-01', 1, 3, false, null, 'old'), ('gone', null, 2, 3, true, null, null),
            ('half', '2025-01-01', 1, 4, false, null, 'new'), ('half', '2025-01-01', 1, 4, false, null, 'new too'),
            ('half', '2025-01-02', 2, 4, false, null, 'one'), ('half', '2025-01-02', 2, 4, false, 'qty', 'other')
        ) as versions (key, changed, sequence, position, gone, errors, says)
    """)
    found = rows(f"select _record_key, says from ({duck('newest_versions', 'stage')}) order by all")
    assert found == [("half", "new"), ("half", "new too"), ("replayed", "new"), ("same time", "new")]


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    def total(condition: str) -> Any:
        parts = "(values (1, 'a'), (2, 'a'), (null, 'b')) as parts (amount, kind)"
        return rows(f"select {duck('sum_if_known', 'amount', condition)} from {parts}")[0][0]

    assert total("true") is None
    assert total("kind = 'a'") == 3
    assert total("kind = 'b'") is None
    assert total("kind = 'c'") == 0


def test_entries_and_elements_keep_versions_without_any() -> None:
    table = versions('{"Date": "d", "USD": "1.5", "": ""}', '{"list": [{"c": "USD"}, {"c": "é"}]}', "{}", None)
    entries = rows(f"select _position, entry_key, entry_text from ({duck('document_entries', table)}) order by all")
    assert [e for e in entries if e[0] != 1] == [
        (0, "", ""), (0, "Date", "d"), (0, "USD", "1.5"), (2, None, None), (3, None, None),
    ]  # fmt: skip
    query = f"select _position, _element from ({duck('document_elements', table, 'list')}) order by all"
    elements = [(position, element and json.loads(element)) for position, element in rows(query)]
    assert elements == [(0, None), (1, {"c": "USD"}), (1, {"c": "é"}), (2, None), (3, None)]
    table = versions('{"a": {"{u}b": [7, "8"]}}', '{"a": []}', '{"a": {"{u}b": []}}', None)
    query = f"select _position, _element from ({duck('document_elements', table, ['a', '{u}b'])}) order by all"
    assert rows(query) == [(0, '"8"'), (0, "7"), (1, None), (2, None), (3, None)]
    assert value(duck("document_text", "d", "@time"), d='{"@time": "t"}') == "t"
    assert value(duck("document_text", "d", "@time"), d='{"@time": {}}') is None


# ---------- the other engine ----------

# What tests/python/macros/cases.py does not have: macros with one body for both.
ATHENA: dict[str, tuple[Any, ...]] = {
    "amount_fits": ("a", "b", "c"),
    "newest_versions": ("stage",),
    "rate_factor": ("a", "b"),
    "sum_if_known": ("a", "b > 0"),
    "typed_texts": ("texts", FIELDS),
}


@pytest.mark.parametrize("name", ATHENA)
def test_athena_body_is_sql_that_athena_parses(name: str) -> None:
    text = Macros("athena")(name, *ATHENA[name])
    is_query = text.startswith("select")
    assert sqlglot.parse_one(text if is_query else f"select {text} from t", dialect="athena")


def test_every_macro_has_both_bodies_or_is_common_to_both() -> None:
    for path in macro_files():
        text = path.read_text(encoding="utf-8")
        bodies = set(re.findall(r"{% macro (duckdb|athena)__", text))
        assert bodies in (set(), {"duckdb", "athena"}), path.name
        assert ("adapter.dispatch" in text) == bool(bodies), path.name
        assert f"{{% macro {path.stem}(" in text or f"{{% test {path.stem}(" in text, path.name
