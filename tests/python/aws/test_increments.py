"""An increment's bytes on Athena follow what is new, and not what is there."""

import pytest

from benchmarks import increments
from sandbox.aws.stack import Stack

_MODELS = ["+mart_daily_sales", "+mart_product_performance", "+missing_rates", "fct_orders", "conservation"]
_BY_WHAT_IS_NEW = (
    "fct_order_lines",
    "fct_return_lines",
    "fct_orders",
    "mart_daily_sales",
    "missing_rates",
    "conservation",
)
_HALF_A_MEGABYTE = 0.5


@pytest.mark.trino
@pytest.mark.long
def test_a_long_history_costs_an_increment_no_more(production: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects what asks Iceberg before it reads: five times the history, and a day takes the bytes that it took.

    The last day of both is in a month of its own, so that no month of the facts grows with the history.
    """
    for name, value in production.variables.items():
        monkeypatch.setenv(name, value)
    short, long = (increments.increment(days, _MODELS, first=first) for days, first in ((4, 42), (20, 26)))
    for model in _BY_WHAT_IS_NEW:
        assert long[model] < short[model] + _HALF_A_MEGABYTE, (model, short[model], long[model])
    # What lines became of more than their own numbers is looked for by keys that lie anywhere: read once, in narrow columns.
    assert long["int_order_lines"] > short["int_order_lines"]
