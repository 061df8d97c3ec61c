"""Kinds of fields for contracts: pydantic decides and explains, good batches are checked fast.

Each kind carries both: a validator, which is the rule, and a condition that is at least as strict, for batches in
DuckDB's SQL or in Arrow. A batch is checked by the conditions; only rows that miss one are given to pydantic.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

_WHOLE = r"-?[0-9]{1,15}(\.0+)?"
_DECIMAL = r"-?[0-9]{1,13}(\.[0-9]{1,4}0*)?"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_BLANK = " \t\n\f\r"
_NOT_BLANK = r"[^ \t\n\f\r]"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True)
class Condition:
    """A pattern (RE2) of a whole text or of a part of it, and the type of a time that it must be read as.

    What meets it passes the kind's validator.
    """

    pattern: str
    is_part: bool = False
    time: str = ""

    @property
    def sql(self) -> str:
        """The same in DuckDB's SQL, on the text `{0}`."""
        matches = f"{'regexp_matches' if self.is_part else 'regexp_full_match'}({{0}}, '{self.pattern}')"
        if not self.time:
            return matches
        edges = f"{self.time} '1900-01-01' and {self.time} '2200-12-31'"
        return f"{matches} and try_cast({{0}} as {self.time}) between {edges}"

    def met(self, texts: pa.Array) -> pa.Array:
        """Which of some texts meet it; of times none where one of them is no time."""
        pattern = self.pattern if self.is_part else rf"\A(?:{self.pattern})\z"
        matches = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
        if not self.time:
            return matches
        try:
            years = pc.year(texts.filter(matches).cast(pa.timestamp("us")))
        except pa.ArrowInvalid:
            return pa.repeat(pa.scalar(False), len(texts))
        edges = pc.min_max(years).as_py()
        is_near = edges["min"] is None or (edges["min"] >= 1900 and edges["max"] <= 2200)
        return matches if is_near else pa.repeat(pa.scalar(False), len(texts))


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
    Condition(_NOT_BLANK, is_part=True),
]
"""A part of the natural key: not empty."""

Whole = Annotated[
    str,
    _rule(
        "whole_number",
        "is not a whole number of at most 15 digits",
        lambda text: re.fullmatch(_WHOLE, text, re.ASCII) is not None,
    ),
    Condition(_WHOLE),
]
"""A whole number as text; `6.0` counts."""

Money = Annotated[
    str,
    _rule("decimal", "is not a decimal number of at most 13 digits and 4 decimals", _is_decimal),
    Condition(_DECIMAL),
]
"""A decimal as text, at most 13 digits before the point and 4 behind it."""

Time = Annotated[
    str,
    _rule("time", "is not a time like 2011-12-09 12:50:00 between 1900 and 2200", _is_time),
    Condition(_TIME, time="timestamp"),
]
"""A local time to the second or minute, without a zone."""

Day = Annotated[
    str,
    _rule("day", "is not a day like 2011-12-09 between 1900 and 2200", _is_day),
    Condition(_DAY, time="date"),
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


def doubtful(contract: type[Contract], columns: Mapping[str, Sequence[Any]], rows: int) -> list[int]:
    """The numbers of the records that miss a condition, or that hold what no condition speaks of.

    `columns` has the values of each field by its name, numbers as text, and anything where there is none.
    """
    met = pa.repeat(pa.scalar(True), rows)
    for name, field in contract.model_fields.items():
        values = columns[field.alias or name]
        if field.annotation is str and len(field.metadata) == 2 and isinstance(field.metadata[1], Condition):
            try:
                texts = pa.array(values, pa.string())
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                return [*range(rows)]
            met = pc.and_(met, field.metadata[1].met(texts))
        elif field.annotation == list[Any] and not field.metadata:
            met = pc.and_(met, pa.array([type(value) is list for value in values], pa.bool_()))
        else:
            return [*range(rows)]
    found: list[int] = pc.indices_nonzero(pc.invert(met)).to_pylist()
    return found


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
