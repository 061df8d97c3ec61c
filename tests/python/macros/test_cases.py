"""Every macro with two bodies comes to the same on both engines, case by case; no macro is left out."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot
from cases import CASES, FAILING, WITHOUT_VALUES, Calls, Query
from rendering import Macros, macro_files

NUMBERED = [(name, number) for name, found in CASES.items() for number in range(len(found))]
TYPES = ("text", "decimal", "rate", "integer", "flag", "date", "timestamp", "utc")

Run = Callable[[str], list[list[Any]]]


def compare(case: Calls | Query, found: list[list[Any]]) -> None:
    """Whether a query came to what is written."""
    if isinstance(case, Calls):
        assert [case.prepare(row[0]) for row in found] == case.expected
    else:
        prepare = [case.prepare.get(name, lambda value: value) for name in case.columns]
        rows = [tuple(one(value) for one, value in zip(prepare, row, strict=True)) for row in found]
        key = repr
        assert sorted(rows, key=key) == sorted(case.rows, key=key)


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB as dbt runs it."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.mark.parametrize(("name", "number"), NUMBERED)
def test_it_is_so_on_duckdb(database: duckdb.DuckDBPyConnection, name: str, number: int) -> None:
    """NULL, nothing, time zones, Unicode, negatives and the largest come to what is written there."""
    case = CASES[name][number]
    compare(case, [list(row) for row in database.execute(case.query(Macros("duckdb"), name)).fetchall()])


@pytest.mark.parametrize(("name", "number"), NUMBERED)
def test_athenas_body_is_sql_that_athena_parses(name: str, number: int) -> None:
    """Also where no engine is at hand."""
    assert sqlglot.parse_one(CASES[name][number].query(Macros("athena"), name), dialect="athena")


@pytest.mark.parametrize("name", FAILING)
def test_what_is_beyond_the_type_fails_on_duckdb(database: duckdb.DuckDBPyConnection, name: str) -> None:
    """An amount that is cut off would be a wrong one."""
    for case in FAILING[name]:
        with pytest.raises(duckdb.ConversionException):
            database.execute(case.query(Macros("duckdb"), name)).fetchall()


@pytest.mark.parametrize("type_", TYPES)
def test_both_engines_have_every_type(database: duckdb.DuckDBPyConnection, type_: str) -> None:
    """Names of types are words of their engine, and stand for the same."""
    assert database.execute(f"select cast(null as {Macros('duckdb')('sql_type', type_)})").fetchall() == [(None,)]
    assert sqlglot.parse_one(f"select cast(x as {Macros('athena')('sql_type', type_)})", dialect="athena")


def test_every_macro_with_two_bodies_has_cases() -> None:
    """What is written twice is compared, also what is written tomorrow."""
    twice = {path.stem for path in macro_files() if "{% macro athena__" in path.read_text("utf-8")}
    assert len(twice) > 30
    assert twice <= set(CASES) | set(WITHOUT_VALUES) <= {path.stem for path in macro_files()}
    assert not set(CASES) & set(WITHOUT_VALUES)
    assert [name for name, found in CASES.items() if not found and name != "sql_type"] == []


def read(text: str | None, kind: str) -> Any:
    """A value as Athena writes it in its results."""
    if text is None:
        return None
    if kind in ("integer", "bigint"):
        return int(text)
    if kind == "decimal":
        return Decimal(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "date":
        return dt.date.fromisoformat(text)
    if kind == "timestamp":
        # Any precision, of which Python reads six places.
        return dt.datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*$", r"\1", text))
    assert kind == "varchar", kind
    return text
