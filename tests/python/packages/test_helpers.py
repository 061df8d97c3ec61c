"""The macros that people may call themselves, with known answers; Athena's bodies as DuckDB reads them."""

from typing import Any

import duckdb
import pytest
import sqlglot
from package_project import PackageProject

connection = duckdb.connect()


def value(expression: str, source: str = "") -> Any:
    row = connection.execute(f"select {expression} {source}").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "regex", "more", "expected"),
    [
        ("'xxabab'", "ab", {}, 3),
        ("'xxabab'", "ab", {"occurrence": 2}, 5),
        ("'xxabab'", "ab", {"occurrence": 3}, 0),
        ("'aaa'", "a+", {"occurrence": 2}, 0),
        ("'xxabab'", "ab", {"position": 4}, 5),
        ("'xxAb'", "ab", {}, 0),
        ("'xxAb'", "ab", {"flags": "i"}, 3),
        ("'bab'", "b$", {}, 3),
        ("'a.ab'", "a.b", {"flags": "l"}, 0),
        ("'aaba.b'", "a.b", {"flags": "l"}, 4),
        ("'it''s'", "'", {}, 3),
        ("'line' || chr(10) || 'ab'", "(a)(b)", {}, 6),
        ("''", "a", {}, 0),
        ("cast(null as varchar)", "a", {}, None),
    ],
)
def test_regexp_instr_finds_the_place(
    on_duckdb: PackageProject, text: str, regex: str, more: dict[str, Any], expected: int | None
) -> None:
    """Counts from 1 and says 0 for nowhere, which Trino's regexp_position does not."""
    with on_duckdb.macros() as call:
        assert value(call("dbt_expectations", "regexp_instr", source_value=text, regexp=regex, **more)) == expected


def test_regexp_instr_is_greatest_of_nothing_on_athena(on_duckdb: PackageProject) -> None:
    """Trino says -1 for nowhere; flags stand in the expression."""
    with on_duckdb.macros() as call:
        arguments = {"source_value": "x", "regexp": "a'b", "position": 1, "occurrence": 2, "is_raw": False}
        sql = call("dbt_expectations", "athena__regexp_instr", flags="is", **arguments)
    assert sql == "greatest(regexp_position(x, '(?is)a''b', 1, 2), 0)"


QUANTILES = [
    ("(values (1), (2), (2), (5), (null), (9)) as t(x)", 0.9, 7.4),
    ("(values (1), (2), (2), (5), (null), (9)) as t(x)", 0.5, 2),
    ("(values (1), (2)) as t(x)", 0.5, 1.5),
    ("(values (7)) as t(x)", 0.25, 7),
    ("(values (1), (3)) as t(x)", 0, 1),
    ("(values (1), (3)) as t(x)", 1, 3),
    ("(values (cast(null as integer))) as t(x)", 0.5, None),
    ("(select 1 as x where false) as t", 0.5, None),
]


@pytest.mark.parametrize(("source", "quantile", "expected"), QUANTILES)
def test_percentile_cont_lies_between_neighbours(
    on_duckdb: PackageProject, source: str, quantile: float, expected: float | None
) -> None:
    """Both bodies interpolate, leave NULLs out, and know nothing of no values."""
    with on_duckdb.macros() as call:
        arguments = {"field": "x", "quantile": quantile, "partition": None}
        duck = call("dbt_expectations", "duckdb__percentile_cont", **arguments)
        athena = call("dbt_expectations", "athena__percentile_cont", **arguments)
    assert value(duck, f"from {source}") == pytest.approx(expected)
    read = sqlglot.parse_one(f"select {athena} as q", dialect="athena").sql(dialect="duckdb")
    assert value("q", f"from ({read} from {source})") == pytest.approx(expected)


def test_median_as_a_window(on_duckdb: PackageProject) -> None:
    """With a partition it stands beside each row."""
    with on_duckdb.macros() as call:
        sql = call("dbt_expectations", "median", field="x", partition="g")
    source = "(values ('a', 1), ('a', 2), ('b', 5)) as t(g, x)"
    assert connection.execute(f"select g, {sql} from {source} order by g, x").fetchall() == [
        ("a", 1.5),
        ("a", 1.5),
        ("b", 5.0),
    ]


def test_the_rest_says_what_it_is_called(on_duckdb: PackageProject) -> None:
    """Hash, logarithm, chance and types have the published names and meanings."""
    with on_duckdb.macros() as call:
        assert value(call("dbt_expectations", "md5", field="12")) == "c20ad4d76fe97759aa27a0c99bff6710"
        assert call("dbt_expectations", "athena__md5", field="x") == "lower(to_hex(md5(to_utf8(cast(x as varchar)))))"
        assert value(call("dbt_expectations", "log_natural", x="exp(2)")) == pytest.approx(2)
        assert 0 <= value(call("dbt_expectations", "rand")) < 1
        types = [
            call("dbt_expectations", name) for name in ("type_timestamp", "type_datetime", "athena__type_timestamp")
        ]
    assert types == ["timestamp", "timestamp", "timestamp(6)"]
