"""The benchmarks compare like with like only as long as all ways come to the same totals."""

import csv
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks import builds, data, measure, pulls, report, shops, ways
from benchmarks.peers import NAMES

DAYS = 3


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> data.Days:
    """Write the first three days, with two copies of each line."""
    return data.prepare(tmp_path_factory.mktemp("days"), copies=2, days=DAYS)


@pytest.fixture(scope="module")
def truth(days: data.Days) -> dict[str, Any]:
    """Add up the totals, line by line."""
    lines = [line for file in days.files for line in csv.DictReader(file.open())]
    is_return = [line["InvoiceNo"].startswith("C") for line in lines]
    return {
        "order_lines": len(lines) - sum(is_return),
        "return_lines": sum(is_return),
        "products": len({line["StockCode"].upper() for line in lines}),
        "customers": len({line["CustomerID"] for line in lines} - {""}),
        "countries": len({line["Country"] for line in lines}),
        "days": DAYS,
        "net": float(sum(Decimal(line["Quantity"]) * Decimal(line["UnitPrice"]) for line in lines)),
    }


def figures(way: str, days: data.Days, room: Path) -> list[ways.Figure]:
    """Run a peer: dbt takes seconds to start, so that one makes everything once; the others also add the last day."""
    job = ways.EVERYTHING if way == "dlt_dbt" else ways.NEW_DAY
    return list(ways.measure(way, (job,), days, room))


def test_all_peers_come_to_the_same_totals(days: data.Days, truth: dict[str, Any], tmp_path: Path) -> None:
    """Also where the last day came later, and with copies."""
    with ThreadPoolExecutor(2) as pool:
        found = [figure for of_way in pool.map(lambda way: figures(way, days, tmp_path), NAMES) for figure in of_way]
    assert report.disagreements(found, days) == []
    assert {name: found[0].totals[name] for name in truth} == pytest.approx(truth)
    assert found[0].totals["linked_returns"] > 0


def test_copies_are_lines_of_their_own_invoices(days: data.Days) -> None:
    """Twice the lines, twice the invoices, on the same day."""
    lines = list(csv.DictReader(days.files[0].open()))
    half = len(lines) // 2
    assert [line["InvoiceNo"] + "1" for line in lines[:half]] == [line["InvoiceNo"] for line in lines[half:]]
    rest = [{name: value for name, value in line.items() if name != "InvoiceNo"} for line in lines]
    assert rest[:half] == rest[half:]


def test_a_way_that_differs_is_named(days: data.Days) -> None:
    """One pound is enough."""
    one = ways.Figure("duckdb_sql", ways.EVERYTHING, 1.0, 1.0, 1.0, totals={"net": 10.0})
    other = replace(one, way="dlt_dbt", totals={"net": 11.0})
    assert report.disagreements([one, other], days) == ["dlt_dbt, everything: net is 11.0, but 10.0 for duckdb_sql"]


def test_limits_hold_or_not() -> None:
    """Memory counts as time does; at ten times the new day's full tests are shown apart."""
    landing = ways.Figure(ways.OURS, ways.LANDING, 5.0, 5.0, 501.0)
    new_day = ways.Figure(ways.OURS, ways.NEW_DAY, 12.0, 9.0, 900.0, parts={"models": 9.0, "tests": 3.0})
    assert report.rows([landing], 1)[0][-2:] == ("6 s, 500 MB", "no")
    assert report.rows([new_day], 1)[0][-2:] == ("10 s", "no")
    assert report.rows([new_day], 10)[0][-2:] == ("10 s without tests", "yes")


def test_figures_are_kept_until_they_are_measured_again(tmp_path: Path) -> None:
    """A run of some ways leaves those of the others."""
    one = ways.Figure("duckdb_sql", ways.EVERYTHING, 1.0, 1.0, 1.0)
    other = replace(one, way="dlt_dbt")
    report.save(tmp_path, 1, [one, other], 0.1)
    report.save(tmp_path, 1, [replace(one, seconds=2.0)], 0.1)
    assert {figure.way: figure.seconds for figure in report.load(tmp_path, 1)} == {"duckdb_sql": 2.0, "dlt_dbt": 1.0}
    assert json.loads((tmp_path / "scale-1.json").read_text())["machine"]["cores"] > 0


def test_a_command_is_measured_or_its_end_is_told() -> None:
    """A child's memory is its own."""
    done = measure.run([sys.executable, "-c", "x = bytearray(80_000_000); print(len(x))"])
    assert done.output.strip() == "80000000"
    assert 80 < done.peak_mb < 400
    with pytest.raises(measure.CommandFailed, match="no such thing"):
        measure.run([sys.executable, "-c", "raise SystemExit('no such thing')"])


@pytest.mark.parametrize(("job", "size"), [(pulls.ORDERS, 200), (pulls.FEED, 1)])
def test_a_pull_and_its_plain_loop_read_the_same(job: str, size: int, tmp_path: Path) -> None:
    """A loop that reads less than storelake would be compared with for nothing; rates and memory are of real runs."""
    loop, ours = pulls.measure(job, size, tmp_path)
    assert (loop.way, ours.way) == (pulls.LOOP, pulls.OURS)
    assert loop.records == ours.records > 0
    assert min(loop.cpu_seconds, ours.cpu_seconds) > 0.1
    assert ours.peak_mb > 50
    (_, row) = pulls.rows([loop, ours])
    assert row[-2:] == (f"{loop.seconds / ours.seconds:.2f}", "no"), "a start-up is no rate"


def test_gold_by_hand_is_gold(tmp_path: Path) -> None:
    """All tables, cell by cell, also where ours come by an increment; ratios and seconds are of real runs."""
    lakes = shops.prepare(tmp_path / "shops", 3_000, longest=1)
    ours, by_hand, increment, _ = builds.measure(lakes, [1], tmp_path)
    assert (ours.way, by_hand.way, increment.job) == (builds.OURS, builds.BY_HAND, builds.INCREMENT)
    assert 0 < increment.orders < ours.orders <= ours.versions
    assert 0 < increment.models["int_order_lines"].rows < ours.models["int_order_lines"].rows
    assert not increment.models["int_order_lines"].is_table
    # A hundredth of all orders, on each history: less than that were changed by what came.
    assert increment.orders == pytest.approx(30, abs=3)
    assert not increment.models["fct_orders"].is_table
    assert 0 < increment.models["fct_orders"].rows <= increment.orders
    assert increment.models["dim_customer"].is_table
    assert increment.models["dim_customer"].rows >= ours.models["dim_customer"].rows
    assert builds.rows([ours, by_hand])[0][-3] == f"{ours.seconds / by_hand.seconds:.1f}"
    assert any(row[0] == "`int_order_lines`" or row[0].endswith(" others") for row in builds.models([increment]))


def test_a_cell_that_differs_is_named(tmp_path: Path) -> None:
    """And a column that only one of them has; what begins with _ is our own."""
    ours, theirs = tmp_path / "ours.duckdb", tmp_path / "theirs.duckdb"
    with duckdb.connect(str(ours)) as db:
        db.execute("create schema gold; create table gold.t as select 1 as a, 2 as b, 3 as _sequence")
        db.execute("create table gold.u as select 1 as a")
    with duckdb.connect(str(theirs)) as db:
        db.execute("create table t as select 1 as a, 2 as b; create table u as select 1 as a")
    assert builds.differences(ours, theirs) == []
    with duckdb.connect(str(theirs)) as db:
        db.execute("update t set b = 3; alter table u rename a to z")
    assert builds.differences(ours, theirs) == [
        "t: 1 rows of ours are not the other's",
        "t: 1 rows of theirs are not the other's",
        "u: only one of them has a, z",
    ]
