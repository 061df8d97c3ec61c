"""Builds on Athena as people call them: what stops one leaves readers where they were, and two at once do not meet."""

from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import Checkout

from ingestion.environment import Environment
from storelake.publishing import athena_views

pytestmark = pytest.mark.trino
CHOSEN = ("build", "-s", "countries", "-s", "dim_country")
# Marks a country's name, so that readers can be asked which build they see.
FIRST, SECOND, THIRD = "Andorra", "Andorra (2)", "Andorra (3)"


def test_what_stops_a_build_leaves_readers_with_the_last_good_set(
    lake: Environment, tmp_path: Path, ask: Callable[[str], list[list[str]]]
) -> None:
    """A failed audit and an exceeded budget end a build and say which it was; several builds at once end in one state."""

    def shown(room: str = "gold") -> list[list[str]]:
        table = f'"{lake.catalog_prefix}_{room}"."dim_country"'
        return ask(f"select country_name, count(*) from {table} where country_code = 'AD' group by 1")

    checkout = Checkout(tmp_path / "checkout")
    checkout.run(*CHOSEN)
    assert shown() == [[FIRST, "1"]]

    # Keys that are there twice: built, audited, and seen by nobody.
    checkout.change(
        "dim_country", "  country_name,", f"  replace(country_name, '{FIRST}', '{SECOND}') as country_name,"
    )
    once, twice = "ref('countries') }}", "ref('countries') }} cross join (values 1, 2) as twice (n)"
    checkout.change("dim_country", once, twice)
    said = checkout.run(*CHOSEN, code=1)
    assert "test dim_country_one_row_per_key failed" in " ".join(said.split())
    assert (shown("work_gold"), shown()) == ([[SECOND, "2"]], [[FIRST, "1"]])

    # All tests green, and more scanned than is allowed: not published either.
    checkout.change("dim_country", twice, once)
    bounded = "{{ config(meta={'max_scan_mb': 0.000001}) }}\n"
    checkout.change("dim_country", "select\n", f"{bounded}select\n")
    said = checkout.run(*CHOSEN, code=1)
    assert "over budget: dim_country scanned 0.0 MB" in said
    assert "its max_scan_mb allows 0.0" in said
    assert (shown("work_gold"), shown()) == ([[SECOND, "1"]], [[FIRST, "1"]])
    assert [one.number for one in athena_views.records(lake)] == [1]

    # Three at once, one of them on what is another machine to it: each waits for its turn, all are green.
    checkout.change("dim_country", bounded, "")
    checkout.change("dim_country", SECOND, THIRD)
    elsewhere = {"STORELAKE_FOLDER": str(tmp_path / "elsewhere")}
    several = [checkout.start(*CHOSEN, **more) for more in ({}, {}, elsewhere)]
    told = [one.communicate(timeout=600)[0] for one in several]
    assert [one.returncode for one in several] == [0, 0, 0], told
    assert sum("Waiting for process" in one for one in told) >= 2
    assert (shown("work_gold"), shown()) == ([[THIRD, "1"]], [[THIRD, "1"]])
