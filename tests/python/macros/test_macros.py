"""Typing, money, keys, time and documents: DuckDB's bodies on real cases, Athena's through Athena's parser."""

import datetime as dt
import hashlib
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import MACROS, Macros

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


# ---------- typing ----------


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("text", "Ünïcode ☂", "Ünïcode ☂"),
        ("decimal", "12.5", Decimal("12.5")),
        ("decimal", "-.5", Decimal("-0.5")),
        ("decimal", "1e3", Decimal(1000)),
        ("decimal", "0.00005", Decimal("0.0001")),
        ("decimal", "-0.00005", Decimal("-0.0001")),
        ("decimal", "99999999999999.9999", Decimal("99999999999999.9999")),
        ("decimal", "100000000000000", None),
        ("decimal", "1_000", None),
        ("decimal", "1,000", None),
        ("decimal", "0x1F", None),
        ("decimal", "１２", None),
        ("decimal", "Infinity", None),
        ("decimal", "NaN", None),
        ("decimal", "", None),
        ("decimal", None, None),
        ("rate", "1.1684", Decimal("1.1684")),
        ("rate", "0.123456789012", Decimal("0.123456789012")),
        ("rate", "1234567890123456.123456789012", Decimal("1234567890123456.123456789012")),
        ("rate", "N/A", None),
        ("integer", "-7", -7),
        ("integer", "17850.0", 17850),
        ("integer", "12.5", None),
        ("integer", "9223372036854775808", None),
        ("flag", "YES", True),
        ("flag", "0", False),
        ("flag", "maybe", None),
        ("date", "2024-02-29", dt.date(2024, 2, 29)),
        ("date", "2023-02-29", None),
        ("date", "29/02/2024", None),
        ("timestamp", "2010-12-01 08:26:00", instant("2010-12-01 08:26:00")),
        ("timestamp", "2010-12-01T08:26:00.5", instant("2010-12-01 08:26:00.500000")),
        ("timestamp", "2010-12-01 24:00:00", None),
        ("timestamp", "2010-12-01 08:26:00+02:00", None),
        ("utc", "2010-12-01 08:26:00", instant("2010-12-01 08:26:00")),
        ("utc", "2010-12-01T08:26:00Z", instant("2010-12-01 08:26:00")),
        ("utc", "2010-12-01T08:26:00+05:30", instant("2010-12-01 02:56:00")),
        ("utc", "2010-12-01T08:26:00-0300", instant("2010-12-01 11:26:00")),
        ("utc", "2010-13-01T08:26:00Z", None),
    ],
)
def test_texts_are_read_as_their_type(type_: str, text: str | None, expected: object) -> None:
    assert value(duck("read_as", type_, "text"), text=text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" \t a b \r\n", "a b"),
        ("a\n", "a"),
        ("\ta", "a"),
        (" ", None),
        ("", None),
        (None, None),
        ("\u00a0a", "\u00a0a"),
        ("é", "é"),
        ("!", "!"),
    ],
)
def test_white_space_around_a_text_goes(text: str | None, expected: str | None) -> None:
    assert value(duck("strip", "text"), text=text) == expected


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


@pytest.mark.parametrize(
    ("amount", "own", "target", "expected"),
    [
        ("0.0001", "2", "1", "0.0001"),
        ("-0.0001", "2", "1", "-0.0001"),
        ("20000.0000", "1", "1.12", "22400.0000"),
        ("99999999999.9999", "1", "1", "99999999999.9999"),
        ("1.0000", "3", "1", "0.3333"),
        ("0.0001", "1.000000000001", "0.5", "0.0000"),
        ("99999999999999.9999", "1", "1", None),
        ("1", "0", "1", None),
        ("1", None, "1", None),
        ("1", "1", None, None),
        (None, "1", "1", None),
    ],
)
def test_amounts_are_converted_with_one_rounding(
    amount: str | None, own: str | None, target: str | None, expected: str | None
) -> None:
    assert converted(*(None if n is None else Decimal(n) for n in (amount, own, target))) == (
        None if expected is None else Decimal(expected)
    )


def converted(amount: Decimal | None, own: Decimal | None, target: Decimal | None) -> Any:
    query = f"""
        select {duck("convert_amount", "amount", "own", "target")}
        from (select ?::decimal(18, 4) as amount, ?::decimal(28, 12) as own, ?::decimal(28, 12) as target)
    """
    return rows(query, amount, own, target)[0][0]


# ---------- keys ----------


def test_keys_tell_apart_what_is_different() -> None:
    texts: list[str | None] = ["", "|", "\\", "a", "a|", "|a", "\\N", "N", None, "é", "e\u0301", "a\\", "\\|"]
    pairs = [(a, b) for a in texts for b in texts]
    key = duck("surrogate_key", ["a", "b"])
    keys = [value(key, a=a, b=b) for a, b in pairs]
    assert len(set(keys)) == len(pairs)
    assert all(0 <= key < 2**63 for key in keys)


def test_a_key_stays_what_it_is() -> None:
    # Gold that was published holds these numbers: another hash would part facts from what people saved.
    expected = int(hashlib.md5(b"online_retail|uk", usedforsecurity=False).hexdigest()[:16], 16) % 2**63
    assert value(duck("surrogate_key", ["a", "b"]), a="online_retail", b="uk") == expected


def test_a_fingerprint_knows_each_cell_and_setting_but_no_order() -> None:
    connection.execute("create or replace temp table one as select * from (values ('a', 1), ('b', 2)) as t (x, y)")
    connection.execute("create or replace temp table two as select * from (values ('b', 2), ('a', 1)) as t (x, y)")
    connection.execute("create or replace temp table three as select * from (values ('b', 1), ('a', 2)) as t (x, y)")

    def of(table: str, setting: str = "EUR") -> Any:
        return rows(duck("fingerprint", [{"relation": table, "columns": ["x", "y"]}], [setting]))[0][0]

    assert of("one") == of("two")
    assert len({of("one"), of("three"), of("one", "USD")}) == 3


# ---------- time ----------


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2011-01-01 00:30:00", "Europe/London", "2011-01-01 00:30:00"),
        ("2011-07-01 00:30:00", "Europe/London", "2011-06-30 23:30:00"),
        ("2011-07-01 00:30:00", "America/Montevideo", "2011-07-01 03:30:00"),
        ("2011-07-01 00:30:00", "Asia/Kathmandu", "2011-06-30 18:45:00"),
    ],
)
def test_local_times_and_dates(local: str, zone: str, utc: str) -> None:
    found = value(duck("local_to_utc", "cast(local as timestamp)", "zone"), local=local, zone=zone)
    assert found == instant(utc)
    day = value(duck("local_date", "cast(utc as timestamp)", "zone"), utc=utc, zone=zone)
    assert day == dt.date.fromisoformat(local[:10])


def test_instants_become_utc() -> None:
    expression = duck("utc_timestamp", "cast(t as timestamp with time zone)")
    assert value(expression, t="2011-07-01 02:00:00+02") == instant("2011-07-01 00:00:00")


# ---------- documents ----------

FIELDS = [
    {"name": "a", "path": "a", "type": "text", "required": True},
    {"name": "n", "path": "n", "type": "decimal"},
    {"name": "deep", "path": "o.x y.z", "type": "text"},
    {"name": "odd", "path": "{u}k's", "type": "text"},
    {"name": "placed", "path": ["{u.v}w", 0, "x.y"], "type": "text"},
]


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
    query = f"select a, n, deep, odd, placed, _errors, _refused_document from ({typed}) order by _position"
    found = rows(query)
    assert found[0] == ("x", Decimal("12.5"), "deep", "odd", "p", None, None)
    assert found[1] == ("7", Decimal(10), None, None, None, None, None)
    assert [row[5] for row in found[2:]] == [
        "a: not a single value; n: not a single value",
        "a: missing; n: not a decimal",
        "a: missing",
        "a: missing",
        "a: missing",
        None,
    ]
    assert found[6][6] == "{"


def test_elements_are_typed_with_fields_of_their_document() -> None:
    """An order's items carry its number; one that cannot be read says so; none is required where there are none."""
    table = versions(
        '{"id": 7, "items": [{"sku": "A", "qty": 2}, {"qty": "many"}]}', '{"id": 8, "items": []}', '{"items": [{"sku": "B"}]}', None
    )
    head = [{"name": "id", "path": "id", "type": "text", "required": True}]
    item = [{"name": "sku", "path": "sku", "type": "text", "required": True}, {"name": "qty", "path": "qty", "type": "decimal"}]
    documents = duck("document_texts", table, head)
    elements = duck("document_elements", f"({documents}) as documents", "items")
    texts = duck("document_texts", f"({elements}) as elements", item, "_element", ["b_id", "t_id"])
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


def test_hours_are_counted_to_the_fourth_place() -> None:
    hours = duck("hours_between", "cast(a as timestamp)", "cast(b as timestamp)")
    assert value(hours, a="2025-01-01 10:00:00", b="2025-01-02 10:20:00") == Decimal("24.3333")
    assert value(hours, a="2025-01-02 10:00:00", b="2025-01-01 10:00:01") == Decimal("-23.9997")
    assert value(hours, a="2025-01-01 10:00:00", b=None) is None


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


def test_numbers_between_are_all_of_them_or_none() -> None:
    table = "(values (1, 3, 5), (2, 4, 4), (3, 5, 4), (4, 1, null)) as spans (id, first_one, last_one)"
    query = f"select id, n from ({duck('numbers_between', table, 'first_one', 'last_one', 'n')}) order by all"
    assert rows(query) == [(1, 3), (1, 4), (1, 5), (2, 4)]


# ---------- the other engine ----------

ATHENA: dict[str, tuple[Any, ...]] = {
    "amount_fits": ("a", "b", "c"),
    "convert_amount": ("a", "b", "c"),
    "document_elements": ("versions", "{u}list"),
    "document_entries": ("versions",),
    "document_text": ("d", "@time"),
    "document_texts": ("versions", FIELDS),
    "hours_between": ("a", "b"),
    "newest_versions": ("stage",),
    "sum_if_known": ("a", "b > 0"),
    "fingerprint": ([{"relation": "t", "columns": ["x", "y"]}], ["EUR"]),
    "key_text": (["a", "b"],),
    "local_date": ("t", "z"),
    "local_to_utc": ("t", "z"),
    "multiply": ("a", "b"),
    "numbers_between": ("spans", "first_one", "last_one", "n"),
    "strip": ("a",),
    "surrogate_key": (["a", "b"],),
    "typed_texts": ("texts", FIELDS),
    "utc_timestamp": ("t",),
}
QUERIES = (
    *("document_elements", "document_entries", "document_texts"),
    *("fingerprint", "newest_versions", "numbers_between", "typed_texts"),
)
TYPES = ("text", "decimal", "rate", "integer", "flag", "date", "timestamp", "utc")


@pytest.mark.parametrize("name", ATHENA)
def test_athena_body_is_sql_that_athena_parses(name: str) -> None:
    text = Macros("athena")(name, *ATHENA[name])
    assert sqlglot.parse_one(text if name in QUERIES else f"select {text} from t", dialect="athena")


@pytest.mark.parametrize("type_", TYPES)
def test_athena_reads_every_type_that_duckdb_reads(type_: str) -> None:
    text = Macros("athena")("read_as", type_, "x")
    assert sqlglot.parse_one(f"select {text}, cast(x as {Macros('athena')('sql_type', type_)})", dialect="athena")
    assert duck("read_as", type_, "x")


def test_every_macro_has_both_bodies_or_is_common_to_both() -> None:
    for path in MACROS.glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        bodies = set(re.findall(r"{% macro (duckdb|athena)__", text))
        assert bodies in (set(), {"duckdb", "athena"}), path.name
        assert ("adapter.dispatch" in text) == bool(bodies), path.name
        assert f"{{% macro {path.stem}(" in text or f"{{% test {path.stem}(" in text, path.name
