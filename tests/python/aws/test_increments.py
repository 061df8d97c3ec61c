"""An increment's bytes on Athena follow what is new, and not what is there."""

import pytest

from benchmarks import increments
from sandbox.aws.stack import Stack

_BY_WHAT_IS_NEW = (
    "fct_order_lines",
    "fct_return_lines",
    "fct_orders",
    "mart_daily_sales",
    "missing_rates",
    "conservation",
)
_LITTLE = 0.2


@pytest.mark.trino
@pytest.mark.long
def test_a_long_history_costs_an_increment_no_more(production: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects what asks Iceberg before it reads: of six times the history, a day takes the bytes that it took.

    Both histories end with the same day, and have the same lines in its month.
    """
    for name, value in production.variables.items():
        monkeypatch.setenv(name, value)
    short, long = (increments.increment(days, first=first) for days, first in ((4, 43), (24, 23)))
    for model in _BY_WHAT_IS_NEW:
        assert long[model] < short[model] + _LITTLE, (model, short[model], long[model])
    # The test could not fail where nothing grows: what came before is looked for by keys that lie anywhere.
    assert long["int_order_lines"] > 2 * short["int_order_lines"]
