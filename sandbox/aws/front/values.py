"""Values and types as Athena writes them into results: all as text."""

import base64
import math
from typing import Any

_NAMES = {"real": "float", "unknown": "varchar"}
_PRECISIONS = {
    "boolean": 0,
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "date": 0,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "varchar": 2147483647,
    "varbinary": 1073741824,
}


def column_info(column: dict[str, Any]) -> dict[str, Any]:
    """The `ColumnInfo` of a column of Trino's."""
    signature = column["typeSignature"]
    kind = _NAMES.get(signature["rawType"], signature["rawType"])
    numbers = [one["value"] for one in signature.get("arguments", []) if one["kind"] == "LONG"]
    precision, scale = _PRECISIONS.get(kind, 0), 0
    if kind == "decimal":
        precision, scale = numbers
    elif kind in ("char", "varchar") and numbers:
        precision = numbers[0]
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column["name"],
        "Label": column["name"],
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind in ("varchar", "char"),
    }


_HIVE = {"integer": "int", "real": "float", "varbinary": "binary", "timestamp with time zone": "timestamp"}


def hive_type(signature: dict[str, Any]) -> str:
    """A type of Trino's as Glue writes it."""
    kind: str = signature["rawType"]
    inner = signature.get("arguments", [])
    if kind in ("array", "map"):
        return f"{kind}<{','.join(hive_type(one['value']) for one in inner)}>"
    if kind == "row":
        fields = ((one["value"]["fieldName"]["name"], one["value"]["typeSignature"]) for one in inner)
        return f"struct<{','.join(f'{name}:{hive_type(field)}' for name, field in fields)}>"
    if kind == "varchar" and inner[0]["value"] > 65_535:
        return "string"
    if kind in ("decimal", "varchar", "char"):
        return f"{kind}({','.join(str(one['value']) for one in inner)})"
    return _HIVE.get(kind, kind)


def text(value: Any, signature: dict[str, Any]) -> str | None:
    """A value that Trino sent, as Athena writes it; None for NULL."""
    if value is None:
        return None
    kind, inner = signature["rawType"], signature.get("arguments", [])
    if kind == "boolean":
        return "true" if value else "false"
    if kind in ("double", "real"):
        return _number(float(value))
    if kind == "varbinary":
        return base64.b64decode(value).hex(" ")
    if kind == "array":
        return "[" + ", ".join(_inner(one, inner[0]["value"]) for one in value) + "]"
    if kind == "map":
        pairs = (f"{_inner_key(key)}={_inner(one, inner[1]['value'])}" for key, one in value.items())
        return "{" + ", ".join(pairs) + "}"
    if kind == "row":
        return "{" + ", ".join(_field(one, part["value"]) for one, part in zip(value, inner, strict=True)) + "}"
    return str(value)


def _inner(value: Any, signature: dict[str, Any]) -> str:
    found = text(value, signature)
    return "null" if found is None else found


def _inner_key(key: Any) -> str:
    return str(key)


def _field(value: Any, named: dict[str, Any]) -> str:
    name = (named.get("fieldName") or {}).get("name")
    found = _inner(value, named["typeSignature"])
    return f"{name}={found}" if name else found


def _number(value: float) -> str:
    """A double as Java writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(value, "f") if "e" in repr(value) else repr(value)
        return plain.rstrip("0") + "0" if plain.endswith("00") else plain
    digits, exponent = f"{value!r}".lower(), 0
    if "e" in digits:
        digits, power = digits.split("e")
        exponent = int(power)
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    whole, _, places = digits.partition(".")
    if len(whole) > 1:
        exponent += len(whole) - 1
        places = whole[1:] + places
        whole = whole[0]
    elif whole == "0":
        stripped = places.lstrip("0")
        exponent -= len(places) - len(stripped) + 1
        whole, places = stripped[0], stripped[1:]
    return f"{sign}{whole}.{places.rstrip('0') or '0'}E{exponent}"
