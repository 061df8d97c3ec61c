"""Kinds of fields for contracts: pydantic decides and explains, SQL checks good batches fast.

Each kind carries both: a validator, which is the rule, and a condition in DuckDB's SQL that is at least as
strict. A batch is checked by the conditions; only rows that miss one are given to pydantic.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

_WHOLE = r"-?[0-9]{1,15}(\.0+)?"
_DECIMAL = r"-?[0-9]{1,13}(\.[0-9]{1,4}0*)?"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_BLANK = " \t\n\f\r"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True)
class Condition:
    """A condition in DuckDB's SQL on the text `{0}`: rows that meet it also pass the kind's validator."""

    sql: str


class Contract(BaseModel):
    """The base of all contracts: unknown fields are welcome, and reported as drift by whoever reads them."""

    model_config = ConfigDict(extra="allow", frozen=True)


def _rule(name: str, reason: str, holds: Callable[[str], bool]) -> AfterValidator:
    def check(text: str) -> str:
        if not holds(text):
            raise PydanticCustomError(name, reason)
        return text

    return AfterValidator(check)


def _is_time(text: str) -> bool:
    if not re.fullmatch(_TIME, text, re.ASCII):
        return False
    try:
        return 1900 <= datetime.fromisoformat(text).year <= 2200
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    return re.fullmatch(_DAY, text, re.ASCII) is not None and _is_time(f"{text} 00:00")


def _is_decimal(text: str) -> bool:
    return re.fullmatch(_DECIMAL, text, re.ASCII) is not None and Decimal(text).is_finite()


Key = Annotated[
    str,
    _rule(
        "missing",
        "is empty, and the record cannot be told from others without it",
        lambda text: text.strip(_BLANK) != "",
    ),
    Condition(r"regexp_matches({0}, '[^ \t\n\f\r]')"),
]
"""A part of the natural key: not empty."""

Whole = Annotated[
    str,
    _rule(
        "whole_number",
        "is not a whole number of at most 15 digits",
        lambda text: re.fullmatch(_WHOLE, text, re.ASCII) is not None,
    ),
    Condition(f"regexp_full_match({{0}}, '{_WHOLE}')"),
]
"""A whole number as text; `6.0` counts."""

Money = Annotated[
    str,
    _rule("decimal", "is not a decimal number of at most 13 digits and 4 decimals", _is_decimal),
    Condition(f"regexp_full_match({{0}}, '{_DECIMAL}')"),
]
"""A decimal as text, at most 13 digits before the point and 4 behind it."""

Time = Annotated[
    str,
    _rule("time", "is not a time like 2011-12-09 12:50:00 between 1900 and 2200", _is_time),
    Condition(
        f"regexp_full_match({{0}}, '{_TIME}') and try_cast({{0}} as timestamp) "
        "between timestamp '1900-01-01' and timestamp '2200-12-31'"
    ),
]
"""A local time to the second or minute, without a zone."""

Day = Annotated[
    str,
    _rule("day", "is not a day like 2011-12-09 between 1900 and 2200", _is_day),
    Condition(
        f"regexp_full_match({{0}}, '{_DAY}') and try_cast({{0}} as date) "
        "between date '1900-01-01' and date '2200-12-31'"
    ),
]
"""A calendar day."""


def condition(contract: type[Contract], quote: Callable[[str], str]) -> str:
    """The SQL condition that a whole record must meet; `quote` turns a field's name into SQL."""
    parts = [
        rule.sql.replace("{0}", quote(field.alias or name))
        for name, field in contract.model_fields.items()
        for rule in field.metadata
        if isinstance(rule, Condition)
    ]
    return " and ".join(f"coalesce({part}, false)" for part in parts) or "true"


def required_fields(contract: type[Contract]) -> list[str]:
    """The names, as they stand in documents, of the fields that a record cannot do without."""
    return [field.alias or name for name, field in contract.model_fields.items() if field.is_required()]


def explain(contract: type[Contract], document: dict[str, Any]) -> tuple[str, str, str] | None:
    """The first rule that `document` breaks as (rule, field, reason), without any value; None if it breaks none."""
    try:
        contract.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        return first["type"], field, f"{field} {first['msg']}"
    return None
