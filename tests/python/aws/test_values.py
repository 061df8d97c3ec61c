"""How values are written into results."""

from typing import Any

import pytest

from sandbox.aws.front.values import column_info, text

INTEGER = {"rawType": "integer", "arguments": []}
VARCHAR = {"rawType": "varchar", "arguments": [{"kind": "LONG", "value": 2147483647}]}


def _of(kind: str, *inner: Any) -> dict[str, Any]:
    return {"rawType": kind, "arguments": [{"kind": "TYPE", "value": one} for one in inner]}


def _row(**fields: Any) -> dict[str, Any]:
    parts = [{"fieldName": {"name": name}, "typeSignature": kind} for name, kind in fields.items()]
    return {"rawType": "row", "arguments": [{"kind": "NAMED_TYPE", "value": one} for one in parts]}


@pytest.mark.parametrize(
    ("value", "signature", "expected"),
    [
        (None, VARCHAR, None),
        ("", VARCHAR, ""),
        (True, _of("boolean"), "true"),
        (7, INTEGER, "7"),
        ("12.3400", _of("decimal"), "12.3400"),
        ("2026-01-02 03:04:05.000006", _of("timestamp"), "2026-01-02 03:04:05.000006"),
        ("aGk=", _of("varbinary"), "68 69"),
        ([1, None], _of("array", INTEGER), "[1, null]"),
        ({"k": 1}, _of("map", VARCHAR, INTEGER), "{k=1}"),
        ([1, "b"], _row(x=INTEGER, y=VARCHAR), "{x=1, y=b}"),
        ([[True]], _of("array", _of("array", _of("boolean"))), "[[true]]"),
    ],
)
def test_a_value_is_written_as_athena_does(value: Any, signature: dict[str, Any], expected: str | None) -> None:
    """Clients take their types from these texts."""
    assert text(value, signature) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0.0"), (100, "100.0"), (0.001, "0.001"), (1e-4, "1.0E-4"), (9999999.0, "9999999.0"), (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"), (-1.5e-10, "-1.5E-10"), (1e21, "1.0E21"), ("NaN", "NaN"), ("-Infinity", "-Infinity"),
    ],
)  # fmt: skip
def test_doubles_are_written_as_java_writes_them(value: Any, expected: str) -> None:
    """Also what JSON has no numbers for, which Trino sends as texts."""
    assert text(value, _of("double")) == expected


def test_a_column_tells_its_type_apart_from_its_size() -> None:
    """dbt-athena makes decimals by scale, PyAthena chooses converters by name."""
    numbers = [{"kind": "LONG", "value": 18}, {"kind": "LONG", "value": 4}]
    found = column_info({"name": "a", "typeSignature": {"rawType": "decimal", "arguments": numbers}})
    assert (found["Type"], found["Precision"], found["Scale"]) == ("decimal", 18, 4)
    assert column_info({"name": "a", "typeSignature": VARCHAR})["Precision"] == 2147483647
