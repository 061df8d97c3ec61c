"""Division of decimals against Python's, rounded half away from zero."""

from decimal import ROUND_HALF_UP, Decimal

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st
from rendering import Macros

PLACES = Decimal("0.0001")
numbers = st.decimals("-9999999", "9999999", places=4)
connection = duckdb.connect()
QUERY = f"select {Macros('duckdb')('divide', 'n', 'd')} from (select ? as n, ? as d)"


def divided(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    row = connection.execute(QUERY, [dividend, divisor]).fetchone()
    assert row is not None
    return row[0]


@settings(max_examples=50, deadline=None)
@given(numbers, numbers.filter(lambda n: abs(n) >= Decimal("0.01")))
def test_quotients_are_pythons(dividend: Decimal, divisor: Decimal) -> None:
    assert divided(dividend, divisor) == (dividend / divisor).quantize(PLACES, ROUND_HALF_UP)
