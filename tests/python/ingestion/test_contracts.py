"""contracts: what SQL lets through fast, pydantic would let through too; and what is let through can be read."""

from typing import Any, get_args

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from ingestion.records import contracts
from ingestion.records.contracts import Condition, Contract, Day, Key, Money, Time, Whole
from ingestion.systems.ecb_fx.contract import DailyRates, HistoryRates
from ingestion.systems.online_retail.contract import InvoiceLine

KINDS = {"Key": Key, "Whole": Whole, "Money": Money, "Time": Time, "Day": Day}
ODD = [
    "", " ", "\t", "\n", "\x00x"[1:], "\x0b", "\x1f", "\x85", "\xa0", "\u2003", "\u200b", "\ufeff", "\r", "\f", " x ",
    "0", "-0", "+1", "--1", "1.", ".5", "1.0", "1.00", "1.5", "6.0", "-6.000", "1e5", "1E5", "0x10", "1_000", "1,000", "٣", "１",
    "9" * 15, "9" * 16, "9" * 13, "9" * 14, "9" * 13 + ".9999", "9" * 13 + ".99990000", "0.12345", "0.123450", "1.00000", "0" * 14,
    "NaN", "nan", "inf", "Infinity", "-inf", "null", "NULL", "None", "true", "1\n", "\n1", "1 ", " 1",
    "2011-12-09 12:50:00", "2011-12-09T12:50:00", "2011-12-09 12:50", "2011-12-09", "2011-12-9 12:50", "2011-13-01 00:00:00",
    "2011-02-29 00:00:00", "2012-02-29 00:00:00", "2100-02-29 00:00", "2011-12-09 24:00:00", "2011-12-09 23:59:60",
    "2011-12-09 12:50:00Z", "2011-12-09 12:50:00+01", "2011-12-09 12:50:00.5", "1899-12-31 23:59:59", "1900-01-01 00:00:00",
    "2200-12-31 23:59:59", "2201-01-01 00:00:00", "0000-01-01 00:00", "0001-01-01 00:00", "9999-12-31 00:00", "infinity", "epoch",
    "2011-12-09 12:50:00\n", " 2011-12-09 12:50:00", "2011-12-09  12:50:00", "2011-03-27 01:30:00", "09/12/2011 12:50", "12/9/11",
    "2011-06-31", "2012-02-29", "2011-02-29", "2200-12-31", "2201-01-01", "1899-12-31", "20111209", "2011-343", "2011-W49-5",
]  # fmt: skip
DIGITS = st.text("0123456789", min_size=1, max_size=17)
NUMBERS = st.builds(lambda sign, whole, rest: sign + whole + rest, st.sampled_from(["", "-", "+"]), DIGITS,
                    st.sampled_from(["", "."]) | DIGITS.map(lambda text: f".{text}"))  # fmt: skip
TIMES = st.builds(
    lambda y, m, d, gap, h, n, s: f"{y:04}-{m:02}-{d:02}{gap}" + (f"{h:02}:{n:02}{s}" if gap else ""),
    st.integers(1890, 2210), st.integers(0, 13), st.integers(0, 32), st.sampled_from(["", " ", "T", "t", "  "]),
    st.integers(0, 25), st.integers(0, 61), st.sampled_from(["", ":00", ":59", ":60", ":00.0", "Z"]),
)  # fmt: skip
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
TEXTS = st.lists(st.sampled_from(ODD) | NUMBERS | TIMES | ANY, min_size=1, max_size=200)


def in_sql(expression: str, values: list[str]) -> list[object]:
    """What DuckDB makes of an expression of `value`, for each of the values."""
    with duckdb.connect() as database:
        numbered = {"place": list(range(len(values))), "value": values}
        database.register(
            "texts", pa.table(numbered, schema=pa.schema([("place", pa.int64()), ("value", pa.string())]))
        )
        return [row[0] for row in database.execute(f"select {expression} from texts order by place").fetchall()]


def passes(kind: object, text: str) -> bool:
    """What the validator says."""
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=12, deadline=None)
@given(texts=TEXTS)
@example(texts=ODD)
def test_sql_is_at_least_as_strict_as_the_validator(name: str, texts: list[str]) -> None:
    """A batch that the conditions pass is never seen by pydantic, so they must refuse all that it would refuse."""
    kind = KINDS[name]
    condition = next(one for one in get_args(kind) if isinstance(one, Condition))
    fast = in_sql(f"coalesce({condition.sql.replace('{0}', 'value')}, false)", texts)
    wrong = [text for text, passed in zip(texts, fast, strict=True) if passed and not passes(kind, text)]
    assert wrong == []


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=12, deadline=None)
@given(texts=TEXTS)
@example(texts=ODD)
def test_arrow_is_at_least_as_strict_as_the_validator(name: str, texts: list[str]) -> None:
    """The same of what documents are checked by: alone, since one that is no time makes all of a batch doubtful."""
    kind = KINDS[name]
    condition = next(one for one in get_args(kind) if isinstance(one, Condition))
    met = [condition.met(pa.array([text])).to_pylist() == [True] for text in texts]
    assert [text for text, passed in zip(texts, met, strict=True) if passed and not passes(kind, text)] == []
    together = condition.met(pa.array([*texts, None], pa.string())).to_pylist()
    assert together[-1] is False
    assert [text for text, passed, alone in zip(texts, together, met, strict=False) if passed and not alone] == []


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=12, deadline=None)
@given(texts=TEXTS)
@example(texts=ODD)
def test_what_passes_can_be_read(name: str, texts: list[str]) -> None:
    """A contract promises silver that a time, a day, a number can be read as one, with none of its digits lost."""
    types = {"Whole": "decimal(38, 0)", "Money": "decimal(18, 4)", "Time": "timestamp", "Day": "date"}
    good = [text for text in texts if passes(KINDS[name], text)]
    if name == "Key":
        assert all(text.strip(" \t\n\f\r") for text in good)
        return
    read = in_sql(f"try_cast(value as {types[name]})", good)
    assert [text for text, value in zip(good, read, strict=True) if value is None] == []


def test_what_is_usual_passes_the_fast_way() -> None:
    """The conditions are worth having: what real files hold passes them without pydantic."""
    usual = {
        "Key": ["536365", "85123A", "gift_0001_40", "é"],
        "Whole": ["6", "-12", "6.0", "0"],
        "Money": ["2.55", "-11062.06", "0", "0.0", "0.001", "38970"],
        "Time": ["2010-12-01 08:26:00", "2010-12-01T08:26:00"],
        "Day": ["2026-04-13"],
    }
    for name, texts in usual.items():
        condition = next(one for one in get_args(KINDS[name]) if isinstance(one, Condition))
        assert all(in_sql(condition.sql.replace("{0}", "value"), texts)), name
        assert all(condition.met(pa.array(texts)).to_pylist()), name
        assert all(passes(KINDS[name], text) for text in texts), name


def test_numbers_that_engines_would_read_differently_are_refused() -> None:
    """More than 15 significant digits, exponents, NaN: never silently something else."""
    for text in ["9" * 16, "1e5", "NaN", "Infinity", "1_000", "٣", "0.12345"]:
        assert not passes(Money, text)
        assert not passes(Whole, text)


class _Sample(Contract):
    number: Whole = Field(alias="Number")
    place: str = Field("", alias="Place")


class _Listed(Contract):
    number: Whole = Field(alias="Number")
    lines: list[Any]


class _Bounded(Contract):
    lines: list[Any] = Field(min_length=1)


def test_a_batch_is_doubtful_where_a_condition_is_missed() -> None:
    """What is absent, null, of another type, or under a rule that no condition speaks of, is for pydantic to decide."""
    good = {"Number": ["1", "2", "3"], "lines": [[], [], []]}
    assert contracts.doubtful(_Listed, good, 3) == []
    assert contracts.doubtful(_Listed, good | {"Number": ["1", "x", None]}, 3) == [1, 2]
    assert contracts.doubtful(_Listed, good | {"lines": [[], None, "[]"]}, 3) == [1, 2]
    assert contracts.doubtful(_Listed, good | {"Number": ["1", True, "2"]}, 3) == [0, 1, 2]
    assert contracts.doubtful(_Bounded, {"lines": [[], [], []]}, 3) == [0, 1, 2]
    assert contracts.doubtful(_Sample, {"Number": ["1"], "Place": ["x"]}, 1) == [0]


def test_a_contract_is_a_condition_on_whole_records() -> None:
    """Only kinds with a condition take part; NULL never passes; other fields are welcome."""
    sql = contracts.condition(_Sample, lambda name: f"{name.lower()}_column")
    assert "number_column" in sql
    assert "place_column" not in sql
    assert in_sql(sql.replace("number_column", "nullif(value, '')"), ["1", "x", ""]) == [True, False, False]
    assert contracts.required_fields(_Sample) == ["Number"]
    assert contracts.explain(_Sample, {"Number": "1", "More": "x"}) is None


def test_an_explanation_names_rule_and_field_and_no_value() -> None:
    """Reasons go to ledger and screen, where no person's data may stand."""
    line = {
        "InvoiceNo": "1",
        "StockCode": "A",
        "Quantity": "six",
        "InvoiceDate": "2011-01-04 10:00:00",
        "UnitPrice": "1",
    }
    assert contracts.explain(InvoiceLine, line) == (
        "whole_number",
        "Quantity",
        "Quantity is not a whole number of at most 15 digits",
    )
    del line["Quantity"]
    assert contracts.explain(InvoiceLine, line) == ("missing", "Quantity", "Quantity Field required")
    for contract, document in [
        (HistoryRates, {"Date": "yesterday"}),
        (DailyRates, {"@time": "2011-01-01", "x": "yesterday"}),
    ]:
        broken = contracts.explain(contract, document)
        assert broken is not None
        assert "yesterday" not in "".join(broken)
