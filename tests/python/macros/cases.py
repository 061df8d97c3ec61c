"""What every macro with two bodies comes to: one table of cases, for DuckDB and for Athena's engine.

A value is compared with what is written here, on each engine, so that both say the same. Nothing here knows how a
macro is written.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rendering import Macros

Values = Sequence[Any]


@dataclass(frozen=True)
class Calls:
    """One call of a macro that gives an expression, on several rows: the values of its columns, then what comes out."""

    arguments: Values
    types: dict[str, str]
    """The columns that it reads, and the kinds of their values: what `sql_type` takes, or `instant`."""
    rows: list[Values]
    prepare: Callable[[Any], Any] = lambda value: value
    """What is done to a value before it is compared, on both sides."""

    def query(self, macros: Macros, name: str) -> str:
        """One column, in the order of the rows."""
        listed = ", ".join(
            f"({', '.join([str(number), *(_literal(macros, *pair) for pair in zip(row, self.types.values(), strict=False))])})"
            for number, row in enumerate(self.rows)
        )
        columns = ", ".join(["case_number", *self.types])
        return (
            f"select {macros(name, *self.arguments)} as said from (values {listed}) as cases ({columns}) "
            "order by case_number"
        )

    @property
    def expected(self) -> list[Any]:
        """What the query's rows are."""
        return [row[-1] for row in self.rows]


@dataclass(frozen=True)
class Query:
    """A macro that gives a query over `relation`: its rows, in the order of `columns`."""

    arguments: Values
    columns: Sequence[str]
    rows: list[tuple[Any, ...]]
    relation: tuple[Sequence[tuple[str, str]], list[Values]] | None = None
    """Names and kinds of the columns of the relation that the first argument is, and its rows."""
    prepare: dict[str, Callable[[Any], Any]] = field(default_factory=dict)

    def query(self, macros: Macros, name: str) -> str:
        """The columns, in an order that both engines share."""
        arguments = list(self.arguments)
        if self.relation:
            arguments[0] = f"({table(macros, *self.relation)})"
        listed = ", ".join(self.columns)
        order = ", ".join(f"{column} nulls first" for column in self.columns)
        return f"select {listed} from ({macros(name, *arguments)}) as found order by {order}"


def table(macros: Macros, columns: Sequence[tuple[str, str]], rows: Iterable[Values]) -> str:
    """A query with these rows."""
    listed = ", ".join(
        f"({', '.join(_literal(macros, value, kind) for value, (_, kind) in zip(row, columns, strict=True))})"
        for row in rows
    )
    return f"select * from (values {listed}) as t ({', '.join(name for name, _ in columns)})"


def _literal(macros: Macros, value: Any, kind: str) -> str:
    if kind == "instant":
        sql = "timestamp with time zone" if macros.engine == "duckdb" else "timestamp(6) with time zone"
    else:
        sql = macros("sql_type", kind)
    if value is None:
        return f"cast(null as {sql})"
    text = str(value).replace("'", "''")
    return f"cast('{text}' as {sql})"


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _days(*pairs: tuple[str | None, Any], arguments: Values = ("day",)) -> Calls:
    return Calls(arguments, {"day": "date"}, [*pairs, (None, None)])


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:8], "little") % 2**63


def _read(type_: str, *pairs: tuple[str | None, Any]) -> Calls:
    return Calls((type_, "text"), {"text": "text"}, [*pairs, ("", "" if type_ == "text" else None), (None, None)])


D = Decimal
_MONEY = {"a": "decimal", "b": "decimal"}
_LARGEST = D("99999999999999.9999")
_RATES = {"amount": "decimal", "own": "rate", "target": "rate"}
_ENVELOPE = [
    *(("source", "text"), ("_record_key", "text"), ("_is_deleted", "flag"), ("_record_at", "timestamp")),
    *(("_ingested_at", "timestamp"), ("_position", "integer"), ("_sequence", "integer"), ("_document", "text")),
]
FIELDS = [
    {"name": "a", "path": "a", "type": "text", "required": True},
    {"name": "n", "path": "n", "type": "decimal"},
    {"name": "deep", "path": "o.x y.z", "type": "text"},
    {"name": "odd", "path": "{u}k's", "type": "text"},
    {"name": "placed", "path": ["{u.v}w", 0, "x.y"], "type": "text"},
]

HEAD = [
    {"name": "id", "path": "id", "type": "text", "required": True},
    {"name": "country", "path": ["to", 0, "country"], "type": "text"},
]
ITEM = [
    {"name": "sku", "path": "sku", "type": "text", "required": True},
    {"name": "qty", "path": "qty", "type": "decimal"},
    {"name": "deep", "path": ["o", 0, "x.y"], "type": "text"},
]


def versions(*documents: str | None) -> tuple[Sequence[tuple[str, str]], list[Values]]:
    """A relation of versions with these documents; one without is a delete."""
    rows = [["s", str(n), text is None, None, None, n, 1, text] for n, text in enumerate(documents)]
    return _ENVELOPE, [list(row) for row in rows]


def _elements(path: str | list[str], *pairs: tuple[str | None, list[Any]]) -> Query:
    rows = [(n, element) for n, (_, found) in enumerate(pairs) for element in found or [None]]
    return Query(
        ("", path),
        ("_position", "_element"),
        sorted(rows, key=lambda row: (row[0], str(row[1]))),
        versions(*(document for document, _ in pairs)),
        {"_element": lambda text: text if text in (None, "null") else json.loads(text)},
    )


CASES: dict[str, list[Calls | Query]] = {
    "add_days": [
        _days(("2011-01-31", _day("2011-03-12")), ("2012-01-31", _day("2012-03-11")), arguments=("day", "40")),
        _days(("2012-03-01", _day("2012-02-29")), ("1970-01-01", _day("1969-12-31")), arguments=("day", "-1")),
        _days(("2011-12-31", _day("2011-12-31")), arguments=("day", "0")),
    ],
    "broken_keys": [
        Query(
            ("", ["place", "n"], ["place", "n", "said"]),
            ("place", "n", "rows_found", "broken_rule"),
            [
                ("a", 1, 3, "more than one row"),
                ("a", 1, 2, "said is null"),
                ("a", None, 1, "n is null"),
                ("é", 1, 2, "more than one row"),
                ("b", 1, 1, "said is null"),
                (None, None, 2, "more than one row"),
                (None, None, 1, "place is null, n is null"),
                (None, None, 1, "place is null, n is null, said is null"),
            ],
            (
                [("place", "text"), ("n", "integer"), ("said", "text")],
                [
                    *[["a", 1, None]] * 2,
                    ["a", 1, "x"],
                    ["a", 2, ""],
                    ["a", None, "x"],
                    *[["é", 1, "x"]] * 2,
                    ["e", 1, "x"],
                    ["b", 1, None],
                    [None, None, "x"],
                    [None, None, None],
                ],
            ),
        ),
        Query(
            ("", ["n"], ["n"]),
            ("n", "rows_found", "broken_rule"),
            [(None, 1, "n is null")],
            ([("n", "integer")], [[1], [2], [None]]),
        ),
        Query(("", ["n"], ["n"]), ("n", "rows_found", "broken_rule"), [], ([("n", "integer")], [[1], [2]])),
    ],
    "convert_amount": [
        Calls(
            ("amount", "own", "target"),
            _RATES,
            [
                ("0.0001", "2", "1", D("0.0001")),
                ("-0.0001", "2", "1", D("-0.0001")),
                ("20000.0000", "1", "1.12", D("22400.0000")),
                ("99999999999.9999", "1", "1", D("99999999999.9999")),
                ("1.0000", "3", "1", D("0.3333")),
                ("-2.5000", "3", "1", D("-0.8333")),
                ("0.0001", "1.000000000001", "0.5", D("0.0000")),
                ("0", "1.1684", "1", D(0)),
                (_LARGEST, "1", "1", None),
                ("1", "0", "1", None),
                ("1", "-1", "1", None),
                ("1", None, "1", None),
                ("1", "1", None, None),
                (None, "1", "1", None),
            ],
        )
    ],
    "day_name": [_days(("2011-12-04", "Sunday"), ("1969-12-31", "Wednesday"), ("2024-02-29", "Thursday"))],
    "day_of_week": [_days(("2011-12-04", 7), ("2011-12-05", 1), ("1969-12-31", 3))],
    "day_series": [
        Query(
            ("date '2012-02-28'", "date '2012-03-01'"),
            ("date_day",),
            [(_day(f"2012-{d}"),) for d in ("02-28", "02-29", "03-01")],
        ),
        Query(("date '1969-12-31'", "date '1969-12-31'"), ("date_day",), [(_day("1969-12-31"),)]),
        Query(("date '2012-03-01'", "date '2012-02-28'"), ("date_day",), []),
    ],
    "divide": [
        Calls(
            ("a", "b"),
            _MONEY,
            [
                ("1", "3", D("0.3333")),
                ("-2", "3", D("-0.6667")),
                ("0.0001", "2", D("0.0001")),
                ("-0.0001", "2", D("-0.0001")),
                ("0.0001", "-2", D("-0.0001")),
                (_LARGEST, "1", _LARGEST),
                (_LARGEST, "-1", -_LARGEST),
                (_LARGEST, _LARGEST, D(1)),
                ("0", "5", D(0)),
                ("1", "0", None),
                ("0", "0", None),
                (None, "1", None),
                ("1", None, None),
            ],
        )
    ],
    "document_elements": [
        _elements(
            "list",
            ('{"list": [{"c": "USD"}, {"c": "é☂"}]}', [{"c": "USD"}, {"c": "é☂"}]),
            ('{"list": [7, -1.5, "8", "{}", null, true]}', [7, -1.5, "8", "{}", None, True]),
            ('{"list": []}', []),
            ('{"list": {"c": 1}}', []),
            ('{"list": null}', []),
            ("{}", []),
            (None, []),
        ),
        _elements(
            ["a", "{u}b"],
            ('{"a": {"{u}b": [7, "8"]}}', [7, "8"]),
            ('{"a": []}', []),
            ('{"a": {"{u}b": []}}', []),
            (None, []),
        ),
    ],
    "document_entries": [
        Query(
            ("",),
            ("_position", "entry_key", "entry_text"),
            [(0, "", ""), (0, "Date", "d"), (0, "É", "1.5"), (1, None, None), (2, None, None)],
            versions('{"Date": "d", "É": "1.5", "": ""}', "{}", None),
        )
    ],
    "document_text": [
        Calls(
            ("d", "@time"),
            {"d": "text"},
            [
                ('{"@time": "t"}', "t"),
                ('{"@time": ""}', ""),
                ('{"@time": "\\u00e9☂"}', "é☂"),
                ('{"@time": 7}', "7"),
                ('{"@time": true}', "true"),
                ('{"@time": {}}', None),
                ('{"@time": [1]}', None),
                ('{"@time": null}', None),
                ('{"time": "t"}', None),
                ("{}", None),
                (None, None),
            ],
        )
    ],
    "document_texts": [
        Query(
            ("", FIELDS),
            ("_position", "t_a", "b_a", "t_n", "b_n", "t_deep", "t_odd", "t_placed"),
            [
                (0, "x", False, "12.50", False, "deep", "odd", "p"),
                (1, "7", False, "1e1", False, None, None, None),
                (2, None, True, None, True, None, None, None),
                (3, None, False, "x", False, None, None, None),
                (4, None, False, None, False, None, None, None),
                (5, None, False, None, False, None, None, None),
                (6, None, False, None, False, None, None, None),
                (7, "é☂", False, "-3", False, None, None, None),
                (8, None, False, None, False, None, None, None),
            ],
            versions(
                '{"a": " x ", "n": "12.50", "o": {"x y": {"z": "deep"}}, "{u}k\'s": "odd", "{u.v}w": [{"x.y": "p"}]}',
                '{"a": 7, "n": "1e1", "o": 3, "b": {}}',
                '{"a": 7.5, "n": [1]}',
                '{"n": "x"}',
                '{"a": null}',
                "[1]",
                "{",
                '{"a": "\\u00e9☂\\t", "n": -3}',
                None,
            ),
        )
    ],
    "element_texts": [
        Query(
            ("", "items", HEAD, ITEM),
            ("_position", "_element is not null", "t_id", "b_id", "t_country", "t_sku", "b_sku", "t_qty", "b_qty", "t_deep"),
            [
                (0, True, "7", False, "DE", "A", False, "2", False, "d"),
                (0, True, "7", False, "DE", "1.5", False, "many", False, None),
                # What is no object has no fields, and is an element all the same; null is none.
                (1, False, "8", False, None, None, False, None, False, None),
                (1, True, "8", False, None, None, False, None, False, None),
                # No single values, also behind elements that have some.
                (2, True, None, True, None, None, True, None, True, None),
                (2, True, None, True, None, "[a", False, "3", False, None),
                (3, False, "[9", False, None, None, False, None, False, None),
                (4, False, "9", False, None, None, False, None, False, None),
                (5, False, None, False, None, None, False, None, False, None),
                (6, False, None, False, None, None, False, None, False, None),
                (7, False, None, False, None, None, False, None, False, None),
            ],
            versions(
                '{"id": 7, "to": [{"country": "DE"}, {"country": "PL"}], "items": '
                '[{"sku": " A", "qty": 2, "o": [{"x.y": "d"}]}, {"sku": "1.5", "qty": "many", "o": {"x.y": "d"}}]}',
                '{"id": "8", "to": {"country": "DE"}, "items": [5, null]}',
                '{"id": [1], "items": [{"sku": "[a", "qty": 3}, {"sku": 1.5, "qty": {"a": 1}}]}',
                '{"id": "[9", "items": []}',
                '{"id": 9, "items": {"sku": "A"}}',
                "{}",
                "{",
                None,
            ),
        )
    ],
    "fingerprint": [
        Query(
            ([{"relation": "(values ('b', 2), ('a', 1)) as t (x, y)", "columns": ["x", "y"]}], ["EUR"]),
            ("fingerprint",),
            [(_hash("EUR\na|1\nb|2"),)],
        ),
        Query(
            ([{"relation": "(values ('é', 1)) as t (x, y)", "columns": ["x"]}], []),
            ("fingerprint",),
            [(_hash("é"),)],
        ),
        # Of no rows: the setting alone.
        Query(
            ([{"relation": "(select 'a' as x where 1 = 0) as t", "columns": ["x"]}], ["EUR"]),
            ("fingerprint",),
            [(_hash("EUR"),)],
        ),
    ],
    "fiscal_month": [
        _days(("2011-03-31", 12), ("2011-04-01", 1), ("1969-12-31", 9), arguments=("day", "4")),
        _days(("2011-01-01", 1), ("2011-12-31", 12), arguments=("day", "1")),
    ],
    "fiscal_year": [
        _days(("2011-03-31", 2011), ("2011-04-01", 2012), ("1969-12-31", 1970), arguments=("day", "4")),
        _days(("2011-01-01", 2011), ("2011-12-31", 2011), arguments=("day", "1")),
    ],
    "hours_between": [
        Calls(
            ("a", "b"),
            {"a": "timestamp", "b": "timestamp"},
            [
                ("2025-01-01 10:00:00", "2025-01-02 10:20:00", D("24.3333")),
                ("2025-01-02 10:00:00", "2025-01-01 10:00:01", D("-23.9997")),
                ("2025-01-01 00:00:00", "2025-01-01 00:00:00.180", D("0.0001")),
                ("2025-01-01 00:00:00", "2025-01-01 00:00:00", D(0)),
                ("1969-12-31 23:00:00", "1970-01-01 01:00:00", D(2)),
                ("2025-01-01 10:00:00", None, None),
                (None, "2025-01-01 10:00:00", None),
            ],
        )
    ],
    "integer_divide": [
        Calls(
            ("a", "b"),
            {"a": "integer", "b": "integer"},
            [
                (7, 2, 3),
                (6, 2, 3),
                (0, 5, 0),
                (-7, 2, -3),
                (7, -2, -3),
                (2**62, 1, 2**62),
                (None, 2, None),
                (7, None, None),
            ],
        )
    ],
    "iso_week": [_days(("2010-01-03", 53), ("2010-01-04", 1), ("2008-12-29", 1), ("1969-12-31", 1))],
    "iso_year": [_days(("2010-01-03", 2009), ("2010-01-04", 2010), ("2008-12-29", 2009), ("1969-12-31", 1970))],
    "key_text": [
        Calls(
            (["a", "b"],),
            {"a": "text", "b": "text"},
            [
                ("a", "b", "a|b"),
                ("", "", "|"),
                ("a|", "b", "a\\||b"),
                ("a", "|b", "a|\\|b"),
                ("\\", "é☂", "\\\\|é☂"),
                ("\\N", None, "\\\\N|\\N"),
                (None, None, "\\N|\\N"),
            ],
        ),
        Calls(
            (["n", "day"],),
            {"n": "integer", "day": "date"},
            [(-7, "2011-01-04", "-7|2011-01-04"), (None, None, "\\N|\\N")],
        ),
    ],
    "known_zone": [
        Calls(
            ("zone",),
            {"zone": "text"},
            [
                ("Europe/Berlin", "Europe/Berlin"),
                ("UTC", "UTC"),
                ("Mars/Olympus", None),
                ("", None),
                (None, None),
            ],
        )
    ],
    "local_date": [
        Calls(
            ("utc", "zone"),
            {"utc": "timestamp", "zone": "text"},
            [
                ("2011-01-01 00:30:00", "Europe/London", _day("2011-01-01")),
                ("2011-06-30 23:30:00", "Europe/London", _day("2011-07-01")),
                ("2011-07-01 03:30:00", "America/Montevideo", _day("2011-07-01")),
                ("2011-06-30 18:45:00", "Asia/Kathmandu", _day("2011-07-01")),
                ("2011-03-27 00:59:59.999999", "Europe/Berlin", _day("2011-03-27")),
                ("2011-12-30 09:59:59", "Pacific/Apia", _day("2011-12-29")),
                ("2011-12-30 10:00:00", "Pacific/Apia", _day("2011-12-31")),
                ("1969-12-31 23:30:00", "Europe/Berlin", _day("1970-01-01")),
                (None, "Europe/London", None),
                ("2011-01-01 00:30:00", None, None),
            ],
        )
    ],
    "local_to_utc": [
        Calls(
            ("local", "zone"),
            {"local": "timestamp", "zone": "text"},
            [
                ("2011-01-01 00:30:00", "Europe/London", _at("2011-01-01 00:30:00")),
                ("2011-07-01 00:30:00", "Europe/London", _at("2011-06-30 23:30:00")),
                ("2011-07-01 00:30:00.123456", "America/Montevideo", _at("2011-07-01 03:30:00.123456")),
                ("2011-07-01 00:30:00", "Asia/Kathmandu", _at("2011-06-30 18:45:00")),
                # An hour that the clocks leave out, and one that they show twice.
                ("2011-03-27 01:30:00", "Europe/London", _at("2011-03-27 01:30:00")),
                ("2011-10-30 01:30:00", "Europe/London", _at("2011-10-30 01:30:00")),
                (None, "Europe/London", None),
                ("2011-01-01 00:30:00", None, None),
            ],
        )
    ],
    "month_name": [_days(("2011-12-04", "December"), ("1969-05-31", "May"), ("2024-02-29", "February"))],
    "multiply": [
        Calls(
            ("a", "b"),
            _MONEY,
            [
                ("1.5", "2.5", D("3.75")),
                ("0.0001", "0.5", D("0.0001")),
                ("-0.0001", "0.5", D("-0.0001")),
                ("0.0001", "0.4999", D(0)),
                ("12345678.9012", "-1000.0001", D("-12345680135.7679")),
                (_LARGEST, "1", _LARGEST),
                (_LARGEST, "-1", -_LARGEST),
                ("0", _LARGEST, D(0)),
                (None, "1", None),
                ("1", None, None),
            ],
        )
    ],
    "numbers_between": [
        Query(
            ("", "first_one", "last_one", "n"),
            ("id", "n"),
            [(1, 3), (1, 4), (1, 5), (2, 4), (5, -1), (5, 0)],
            (
                [("id", "integer"), ("first_one", "integer"), ("last_one", "integer")],
                [[1, 3, 5], [2, 4, 4], [3, 5, 4], [4, 1, None], [5, -1, 0], [6, None, 1]],
            ),
        )
    ],
    "read_as": [
        _read("text", ("Ünïcode ☂", "Ünïcode ☂")),
        _read(
            "decimal",
            ("12.5", D("12.5")),
            ("-.5", D("-0.5")),
            ("1e3", D(1000)),
            ("0.00005", D("0.0001")),
            ("-0.00005", D("-0.0001")),
            ("99999999999999.9999", _LARGEST),
            ("100000000000000", None),
            ("1_000", None),
            ("1,000", None),
            ("0x1F", None),
            ("１２", None),
            ("Infinity", None),
            ("NaN", None),
            (" 1", None),
        ),
        _read(
            "rate",
            ("1.1684", D("1.1684")),
            ("0.123456789012", D("0.123456789012")),
            ("1234567890123456.123456789012", D("1234567890123456.123456789012")),
            ("12345678901234567", None),
            ("N/A", None),
        ),
        _read(
            "integer",
            ("-7", -7),
            ("17850.0", 17850),
            ("9223372036854775807", 2**63 - 1),
            ("9223372036854775808", None),
            ("-9223372036854775808", -(2**63)),
            ("12.5", None),
        ),
        _read("flag", ("YES", True), ("0", False), ("maybe", None)),
        _read(
            "date",
            ("2024-02-29", _day("2024-02-29")),
            ("2023-02-29", None),
            ("29/02/2024", None),
            ("0001-01-01", _day("0001-01-01")),
        ),
        _read(
            "timestamp",
            ("2010-12-01 08:26:00", _at("2010-12-01 08:26:00")),
            ("2010-12-01T08:26:00.5", _at("2010-12-01 08:26:00.500000")),
            ("2010-12-01 08:26:00.123456", _at("2010-12-01 08:26:00.123456")),
            ("1969-12-31 23:59:59.999999", _at("1969-12-31 23:59:59.999999")),
            ("2010-12-01 24:00:00", None),
            ("2010-12-01 08:26:00+02:00", None),
        ),
        _read(
            "utc",
            ("2010-12-01 08:26:00", _at("2010-12-01 08:26:00")),
            ("2010-12-01T08:26:00Z", _at("2010-12-01 08:26:00")),
            ("2010-12-01T08:26:00+05:30", _at("2010-12-01 02:56:00")),
            ("2010-12-01T08:26:00-0300", _at("2010-12-01 11:26:00")),
            ("1970-01-01T00:00:00+14:00", _at("1969-12-31 10:00:00")),
            ("2010-13-01T08:26:00Z", None),
        ),
    ],
    "retail_month": [
        Calls(
            ("n",),
            {"n": "integer"},
            [(1, 1), (4, 1), (5, 2), (9, 2), (10, 3), (13, 3), (14, 4), (52, 12), (53, 12), (None, None)],
        )
    ],
    "retail_week": [
        _days(("2009-02-01", 1), ("2010-01-30", 52), ("2013-02-02", 53), ("2024-02-03", 53), ("2024-02-04", 1))
    ],
    "retail_week_start": [
        _days(
            ("2009-02-01", _day("2009-02-01")), ("2009-02-07", _day("2009-02-01")), ("1970-01-01", _day("1969-12-28"))
        )
    ],
    "retail_year": [
        _days(
            ("2009-01-31", 2008), ("2009-02-01", 2009), ("2013-02-02", 2012), ("2024-02-03", 2023), ("2024-02-04", 2024)
        )
    ],
    "retail_year_start": [
        Calls(
            ("n",),
            {"n": "integer"},
            [
                (2009, _day("2009-02-01")),
                (2013, _day("2013-02-03")),
                (2024, _day("2024-02-04")),
                (1969, _day("1969-02-02")),
                (None, None),
            ],
        )
    ],
    "row_text": [
        Calls(
            ("cases", ["a", "n"]),
            {"a": "text", "n": "integer"},
            [
                ('é "☂" \\', -7, {"a": 'é "☂" \\', "n": "-7"}),
                ("", 2**62, {"a": "", "n": str(2**62)}),
                (None, None, {"a": None, "n": None}),
            ],
            lambda value: json.loads(value),
        )
    ],
    "safe_cast": [
        Calls(("'12.5'", "decimal(18, 4)"), {"a": "integer"}, [(1, D("12.5"))]),
        Calls(
            ("'2024-02-29T10:20:30.123456'", "timestamp"), {"a": "integer"}, [(1, _at("2024-02-29 10:20:30.123456"))]
        ),
        Calls(("'é☂'", "varchar"), {"a": "integer"}, [(1, "é☂")]),
        Calls(("null", "date"), {"a": "integer"}, [(1, None)]),
    ],
    "sql_type": [],
    "strip": [
        Calls(
            ("text",),
            {"text": "text"},
            [
                (" \t a b \r\n", "a b"),
                ("a\n", "a"),
                ("\ta", "a"),
                (" ", None),
                ("", None),
                (None, None),
                ("\u00a0a", "\u00a0a"),
                ("\u3000a\u2003", "\u3000a\u2003"),
                ("\x0ba\x0c", "\x0ba\x0c"),
                ("é", "é"),
                ("!", "!"),
                ("☂ ", "☂"),
            ],
        )
    ],
    "text_hash": [
        Calls(
            ("text",),
            {"text": "text"},
            [("", _hash("")), ("a", _hash("a")), ("e\u0301 é☂", _hash("e\u0301 é☂")), (None, None)],
        )
    ],
    "surrogate_key": [
        Calls(
            (["a", "b"],),
            {"a": "text", "b": "text"},
            [
                ("online_retail", "uk", _hash("online_retail|uk")),
                ("e\u0301", "é☂", _hash("e\u0301|é☂")),
                ("", "", _hash("|")),
                ("a|", None, _hash("a\\||\\N")),
                (None, None, _hash("\\N|\\N")),
            ],
        ),
        Calls(
            (["n", "day"],),
            {"n": "integer", "day": "date"},
            [(-1, "2011-01-04", _hash("-1|2011-01-04")), (None, None, _hash("\\N|\\N"))],
        ),
    ],
    "table_or_empty": [
        Query(
            ("", [{"name": "a", "type": "varchar"}, {"name": "n", "type": "bigint"}]),
            ("a", "n"),
            [(None, None), ("é", -1)],
            ([("n", "integer"), ("more", "text"), ("a", "text")], [[-1, "x", "é"], [None, None, None]]),
        )
    ],
    "utc_timestamp": [
        Calls(
            ("t",),
            {"t": "instant"},
            [
                ("2011-07-01 02:00:00+02:00", _at("2011-07-01 00:00:00")),
                ("2011-07-01 02:00:00.123456-03:30", _at("2011-07-01 05:30:00.123456")),
                ("1969-12-31 23:59:59.999999+00:00", _at("1969-12-31 23:59:59.999999")),
                (None, None),
            ],
        )
    ],
    "values_not_found": [
        Query(
            (
                "",
                [
                    {"column": "day", "to": "(select date '2025-01-01' as day)", "field": "day"},
                    {"column": "place", "to": "(select * from (values ('a'), ('a'), ('b')) as places (name))", "field": "name"},
                ],
            ),
            ("column_name", "value_not_found", "rows_found"),
            [("day", "2025-01-02", 1), ("place", "é", 2)],
            (
                [("day", "date"), ("place", "text")],
                [["2025-01-01", "a"], ["2025-01-02", "é"], [None, "é"], ["2025-01-01", None]],
            ),
        ),
    ],
}
"""By the macro's name; all that it is to come to, and nothing that only one engine can."""

FAILING: dict[str, list[Calls]] = {
    "multiply": [Calls(("a", "b"), _MONEY, [(_LARGEST, "10", None)])],
    "divide": [Calls(("a", "b"), _MONEY, [(_LARGEST, "0.0001", None)])],
}
"""What is beyond a decimal(18, 4) stops a build, on both; nothing is cut off."""

WITHOUT_VALUES = {
    "query_to_in_list": "what is asked before a statement: tests/python/whole/test_any_order.py, tests/python/aws/test_parity.py",
    "select_lines_narrow_first": "what an increment reads: tests/python/whole/test_any_order.py, tests/python/aws/test_parity.py",
    "changed_months": "what an increment reads: tests/python/aws/test_increments.py",
    "changed_values": "what an increment reads: tests/python/aws/test_increments.py",
    "known_watermarks": "what an increment reads: tests/python/aws/test_increments.py",
    "lines_to_rebuild": "what an increment reads: tests/python/aws/test_increments.py, tests/python/aws/test_parity.py",
    "lines_of_touched_orders": "what an increment reads: tests/python/whole/test_any_order.py, tests/python/aws/test_parity.py",
    "newest_lines": "what an increment reads: tests/python/whole/test_any_order.py, tests/python/aws/test_parity.py",
    "previous_table": "what need not be worked out again: tests/python/whole/test_any_order.py, the unit tests of its models",
    "last_sold_first_sales": "the same query by other means: the unit test of int_sought_return_matches, tests/python/aws/test_parity.py",
    "partitions": "how a table is partitioned: tests/python/aws/test_partitions.py",
    "merge_on_athena": "how a model is made: tests/python/test_athena_sql.py",
    "merge_on_duckdb": "how a model is made: tests/python/test_athena_sql.py",
    "merge_key": "what a merge looks for: tests/python/aws/test_partitions.py",
    "drop_old_columns": "statements of DuckDB alone: tests/python/whole/test_takeover.py",
    "drop_unowned": "what is left of other code: tests/python/whole/test_takeover.py",
    "empty_tables": "statements of DuckDB alone: tests/python/whole/test_reach.py",
}
"""Macros that differ by intent, and where that is seen."""
