"""Other ways of doing the same work, each as somebody who knows the tool would write it in an hour.

A peer is a module with `build(drop, rates, out)`. It lands the CSV files of `drop` that `out` does not hold
yet, brings the star in `out` up to date, and returns its totals. Called again after a new file it does what
is new; how much it makes anew is its own choice.
"""

from typing import Any, TypedDict, cast

from benchmarks.data import PROJECT

NAMES = ("duckdb_sql", "polars_deltalake", "pandas_parquet", "dlt_dbt")

LINE_TYPES = PROJECT / "seeds" / "line_types.csv"
"""Which stock codes are no products: the one thing that a peer takes from the project."""

REVENUE = ("product", "postage", "fee")
CARRIED_DAYS = 7


class Totals(TypedDict):
    """What all ways must agree on; the amounts are over order and return lines together."""

    order_lines: int
    return_lines: int
    linked_returns: int
    products: int
    customers: int
    countries: int
    days: int
    net: float
    euros: float
    revenue_euros: float


def as_totals(found: Any) -> Totals:
    """The one row of a DuckDB result."""
    names = [column[0] for column in found.description]
    return cast(Totals, dict(zip(names, found.fetchone(), strict=True)))
