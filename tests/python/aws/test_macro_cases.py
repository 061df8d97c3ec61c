"""The same cases of every macro with two bodies, on Athena's engine."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "macros"))

from cases import CASES, FAILING
from rendering import Macros
from test_cases import NUMBERED, compare, read

pytestmark = pytest.mark.trino
ATHENA = Macros("athena")


@pytest.fixture
def rows(athena: Any, run: Callable[..., dict[str, Any]]) -> Callable[[str], list[list[Any]]]:
    """What a query comes to, as Python's values of its columns' types."""

    def found(query: str) -> list[list[Any]]:
        execution = run(query)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"].get("StateChangeReason", "") + query
        said = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
        kinds = [column["Type"] for column in said["ResultSetMetadata"]["ColumnInfo"]]
        return [
            [read(value.get("VarCharValue"), kind) for value, kind in zip(row["Data"], kinds, strict=True)]
            for row in said["Rows"][1:]
        ]

    return found


@pytest.mark.parametrize(("name", "number"), NUMBERED)
def test_it_is_so_on_athena(rows: Callable[[str], list[list[Any]]], name: str, number: int) -> None:
    """What DuckDB says in tests/python/macros/test_cases.py."""
    case = CASES[name][number]
    compare(case, rows(case.query(ATHENA, name)))


@pytest.mark.parametrize("name", FAILING)
def test_what_is_beyond_the_type_fails_on_athena(run: Callable[..., dict[str, Any]], name: str) -> None:
    """As it does on DuckDB."""
    for case in FAILING[name]:
        assert run(case.query(ATHENA, name))["Status"]["State"] == "FAILED"
