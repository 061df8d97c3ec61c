"""The two commands a newcomer types, on all of the data that ships with the project."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.environment import PROJECT

STORELAKE = Path(sys.executable).with_name("storelake")


def storelake(lake: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    environment = {**os.environ, "STORELAKE_LAKE": str(lake), **variables}
    return subprocess.run(
        [str(STORELAKE), *arguments], capture_output=True, text=True, env=environment, timeout=600, check=False
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A lake after `storelake demo`, with fewer orders than a person gets, and what it printed."""
    lake = tmp_path_factory.mktemp("demo") / "lake"
    done = storelake(lake, "demo", "--orders", "400")
    assert done.returncode == 0, done.stdout + done.stderr
    return lake, done.stdout


def _one(lake: Path, query: str) -> tuple[Any, ...]:
    with duckdb.connect(str(lake / "storelake.duckdb"), read_only=True) as database:
        row = database.execute(query).fetchone()
    assert row is not None
    return row


@pytest.mark.whole
def test_demo_ends_with_a_summary(demo: tuple[Path, str]) -> None:
    """Protects the newcomer's last screen: counts per source, tests, the chart, the file, what to try next."""
    _, text = demo
    for expected in (
        "online_retail/uk/invoice_lines",
        "541,909",
        "magento/pl/orders",
        "stock_feed/central/items",
        "tests passed",
        "Revenue after returns, EUR",
        "United Kingdom",
        "storelake.duckdb",
        "storelake explain",
    ):
        assert expected in text


@pytest.mark.whole
def test_the_published_totals_of_uci_come_out(demo: tuple[Path, str]) -> None:
    """Protects the main job: UCI's own figures come out of the ledger and of gold, to the thousandth."""
    lake, _ = demo
    sold = "(select * from gold.fct_order_lines where system = 'online_retail')"
    returned = "(select * from gold.fct_return_lines where system = 'online_retail')"
    both = f"({sold} union all by name {returned})"
    assert _one(lake, "select sum(records_read) from ops.pulls where system = 'online_retail'") == (541909,)
    assert _one(lake, f"select count(*) from {sold}") == (532621,)
    assert _one(lake, f"select count(*) from {returned}") == (9288,)
    assert _one(lake, f"select sum(net_amount) from {both}") == (Decimal("9747747.9340"),)
    assert _one(lake, f"select count(distinct order_id), count(distinct ship_country_name) from {both}") == (25900, 38)
    assert _one(lake, f"select count(distinct customer_key) from {both} where customer_key <> -1") == (4372,)
    orders = "select count(*), count(distinct customer_key) filter (customer_key <> -1) from gold.fct_orders where system = 'online_retail'"
    assert _one(lake, orders) == (22064, 4339)
    adjustments = "select count(*) from gold.fct_order_lines where line_type = 'stock_adjustment'"
    assert _one(lake, adjustments) == (1336,)


@pytest.mark.whole
def test_tables_that_others_rely_on(demo: tuple[Path, str]) -> None:
    """Protects BI tools: the columns that the tables promise are there."""
    lake, _ = demo
    amounts = [f"{a}_amount{s}" for a in ("gross", "discount", "net", "tax") for s in ("", "_base", "_reporting")]
    lines = [
        *("system", "source", "order_id", "order_line_id", "order_date", "ordered_at", "store_key", "product_key"),
        *("customer_key", "sku", "line_type", "quantity", "currency", *amounts),
    ]
    pulls = [
        *("pull_id", "sequence", "system", "source", "entity", "window_start", "window_end", "status"),
        *("records_read", "records_landed", "records_known", "records_quarantined", "records_deleted"),
        *("started_at", "finished_at"),
    ]
    quarantine = [
        *("pull_id", "system", "source", "entity", "rule", "field", "reason"),
        *("quarantined_at", "replayed_at"),
    ]
    promised = {
        "gold.fct_order_lines": lines,
        "gold.fct_return_lines": lines,
        "ops.pulls": pulls,
        "ops.quarantine": quarantine,
    }
    with duckdb.connect(str(lake / "storelake.duckdb"), read_only=True) as database:
        for table, columns in promised.items():
            found = [column[0] for column in database.execute(f"select * from {table} limit 0").description or []]
            assert set(columns) <= set(found), table
        schemas = {row[0] for row in database.execute("select schema_name from information_schema.schemata").fetchall()}
    assert {"silver", "gold", "ops"} <= schemas


@pytest.mark.whole
def test_every_amount_without_a_rate_is_null_and_counted(demo: tuple[Path, str]) -> None:
    """Protects money: reporting amounts are GBP's by the ECB's rate of the day or the last one before it, never 1."""
    lake, _ = demo
    row = _one(
        lake,
        "select count(*) filter (net_amount_reporting is null), count(*) filter (fx_rate_date > order_date), "
        "count(*) filter (fx_rate_date < order_date - 7), max(fx_rate_from), min(fx_rate_from) "
        "from gold.fct_order_lines where currency = 'GBP'",
    )
    missing, ahead, stale, highest, lowest = row
    assert (missing, ahead, stale) == (0, 0, 0)
    assert Decimal("0.8") < lowest < highest < Decimal("0.95")


@pytest.mark.whole
def test_second_demo_does_only_what_is_new(demo: tuple[Path, str]) -> None:
    """Protects the daily run: the same files land nothing, and it says so."""
    lake, _ = demo
    done = storelake(lake, "demo", "--orders", "400")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing new: all of it" in done.stdout
    assert _one(lake, "select sum(records_landed) from ops.pulls where system = 'online_retail'") == (541909,)
    assert _one(lake, "select sum(records_landed) from ops.pulls where system = 'magento' and entity = 'orders'") == (
        400,
    )
    assert _one(lake, "select count(*) from gold.fct_order_lines where system = 'online_retail'") == (532621,)


@pytest.mark.whole
def test_status_explain_and_export(demo: tuple[Path, str], tmp_path: Path) -> None:
    """Protects the commands that people and scripts call after a run."""
    lake, _ = demo
    feeds = json.loads(storelake(lake, "status", "--json").stdout)
    assert {f"{feed['system']}/{feed['entity']}" for feed in feeds} >= {
        "online_retail/invoice_lines",
        "ecb_fx/history_rates",
        "ecb_fx/daily_rates",
        "magento/orders",
        "stock_feed/items",
    }
    assert all(feed["is_fresh"] and feed["quarantine_waiting"] == 0 for feed in feeds)
    told = storelake(lake, "explain", "536365").stdout
    assert "2010-12-01.csv" in told
    assert "line=2" in told
    assert storelake(lake, "export", "--to", str(tmp_path / "out")).returncode == 0
    file = tmp_path / "out" / "fct_order_lines.parquet"
    exported = duckdb.sql(f"select count(*) from '{file}' where system = 'online_retail'").fetchone()
    assert exported == (532621,)


@pytest.mark.whole
def test_docs_show_the_lineage_from_bronze_to_marts(demo: tuple[Path, str]) -> None:
    """Protects the docs site: it is written, and its lineage reaches from bronze to the marts."""
    lake, _ = demo
    done = storelake(lake, "docs", "--no-serve")
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((PROJECT / "dbt_project" / "target" / "manifest.json").read_text())
    parents = manifest["parent_map"]
    reached, waiting = set(), ["model.storelake.mart_daily_sales"]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += parents.get(node, [])
    assert any(node.startswith("source.storelake.") and "invoice_lines" in node for node in reached)
    assert any(node.startswith("source.storelake.") and "history_rates" in node for node in reached)
