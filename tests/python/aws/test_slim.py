"""Slim CI: what a change makes others is built of production's data and beside it, and nothing of it stays."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from checkouts import Checkout

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import bucket
from storelake.athena import glue_tables, query_history
from storelake.ci import production_state, slim

pytestmark = pytest.mark.trino
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def _databases(environment: Environment) -> set[str]:
    return {name for name in slim._databases() if name.startswith(environment.catalog_prefix)}


def _objects(environment: Environment) -> set[str]:
    return {one.uri for one in bucket.objects(f"{environment.root}/ci")}


@pytest.fixture
def checkout(lake: Environment, tmp_path: Path) -> Checkout:
    """A copy whose production has built a part of it, and tells the state of that as of the whole."""
    found = Checkout(tmp_path / "checkout")
    (found.folder / "dbt_project" / "models" / "ops" / "later.sql").write_text("select * from {{ ref('freshness') }}")
    drop = lake.drop("online_retail", "shop")
    drop.mkdir(parents=True)
    (drop / "a.csv").write_text(HEADER + "1,A1,thing,1,2011-01-04 10:00:00,2.50,17850,United Kingdom\nx\n")
    os.utime(drop / "a.csv", (1, 1))
    found.run("ingest", "online_retail", "--source", "shop")
    found.run("build", "-s", "pulls", "-s", "dim_date")
    with pytest.raises(StorelakeError, match="no state of a green build"):
        production_state.fetch(lake, tmp_path / "none")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(production_state.dbt, "FOLDER", found.folder / "dbt_project")
        production_state.keep(lake)
    return found


def test_what_changed_is_built_beside_production_of_its_data(lake: Environment, checkout: Checkout) -> None:
    """Nothing where nothing changed; else what a change reaches, and what it reads is production's. None of it stays."""
    before = _databases(lake)
    assert "Nothing is others than in production." in checkout.run("slim", "--name", "pr-17")
    assert (_databases(lake), _objects(lake)) == (before, set())
    # One that reads what was landed and a model of production, and one that another model follows.
    checkout.change("quarantine", "select", "select distinct")
    checkout.change("freshness", "select", "select distinct")
    said = checkout.run("slim", "--name", "PR 17!")
    assert "Others than in production: freshness, later, quarantine." in " ".join(said.split())
    assert "Scanned" in said
    assert (_databases(lake), _objects(lake)) == (before, set())
    asked = "\n".join(
        one["Query"]
        for page in query_history.pages()
        for one in page
        if "_pr17" in query_history.about(one["Query"]).get("schema", "")
    )
    assert f'"{lake.catalog_prefix}_ledger"."quarantine"' in asked
    assert f'"{lake.catalog_prefix}_ops"."pulls"' in asked
    assert f'"{lake.catalog_prefix}_ops"."freshness"' not in asked
    assert asked.lower().count("create table") == 3


def test_what_is_red_or_killed_is_removed_as_well(lake: Environment, checkout: Checkout) -> None:
    """At once where it failed; by the next call, which knows it by its name, where it was killed."""
    before = _databases(lake)
    checkout.change("freshness", "select", "select 'again' as twice,")
    assert "model freshness failed" in checkout.run("slim", code=1)
    assert (_databases(lake), _objects(lake)) == (before, set())
    checkout.change("freshness", "select 'again' as twice,", "select distinct")
    process = checkout.start("slim")
    until = time.monotonic() + 120
    while _databases(lake) == before and time.monotonic() < until:
        time.sleep(0.2)
    process.kill()
    process.communicate()
    assert _databases(lake) != before
    assert "Removed what a run left" in checkout.run("slim", "--sweep", "--keep-hours", "0")
    assert (_databases(lake), _objects(lake)) == (before, set())


def test_what_a_killed_run_left_is_found_by_its_name_and_age(lake: Environment, tmp_path: Path) -> None:
    """Slim environments that are old go, as databases or as objects alone; young ones, and all that is only alike, stay."""
    now = datetime(2026, 3, 4, 12, tzinfo=UTC)
    old = slim.new_environment(lake, "pr-1", now - timedelta(hours=7))
    young = slim.new_environment(lake, "pr-2", now - timedelta(hours=5))
    half = slim.new_environment(lake, "PR 3", now - timedelta(days=30))
    assert (old.name, half.name) == (
        f"{lake.catalog_prefix}_ci_20260304t050000_pr1",
        f"{lake.catalog_prefix}_ci_20260202t120000_pr3",
    )
    alike = [
        f"{lake.catalog_prefix}_gold",
        f"{lake.catalog_prefix}_ci_pr1_gold",
        f"{lake.catalog_prefix}_ci_20269904t050000_pr1_gold",
        f"{lake.catalog_prefix}x_ci_20260304t050000_pr1_gold",
        f"{young.name}_gold",
    ]
    for name in [*alike, f"{old.name}_work_gold", f"{old.name}_ops"]:
        glue_tables.glue().create_database(DatabaseInput={"Name": name})
        glue_tables.glue().create_table(DatabaseName=name, TableInput={"Name": "t", "StorageDescriptor": {}})
    beside = [
        f"{lake.root}/ci/notes.txt",
        f"{lake.root}/ci2/{old.name}/t",
        f"{lake.root}/build/{old.name}/t",
        f"{young.objects(lake)}/t",
        f"{old.objects(lake)}x_y/t",
    ]
    for uri in [*beside, f"{old.objects(lake)}/a/b", f"{half.objects(lake)}/c"]:
        bucket.write(uri, b"x")
    assert [slim_environment.name for slim_environment in slim.slim_environments(lake)] == [
        half.name,
        old.name,
        young.name,
    ]
    assert list(slim.sweep(lake, slim.KEEP, now)) == [half.name, old.name]
    assert {name for name in slim._databases() if name.startswith(lake.catalog_prefix)} == set(alike)
    assert [uri for uri in beside if not bucket.has(uri)] == []
    assert _objects(lake) == {uri for uri in beside if uri.startswith(f"{lake.root}/ci/")}
    assert list(slim.sweep(lake, slim.KEEP, now)) == []
