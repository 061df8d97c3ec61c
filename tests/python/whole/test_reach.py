"""A build that makes only what news can reach, on lakes that systems come to one after the other."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from lakes import line, table
from projects import Project, difference
from test_demo import storelake

from ingestion.environment import PROJECT
from storelake.dbt_runner.affected_models import Changes, affected


def test_news_reaches_what_is_made_of_it_and_nothing_else() -> None:
    """Protects gold: a model that is left out although its data changed would be stale without a word."""

    def node(name: str, *parents: str, room: str = "silver", kind: str = "model", rows_of: str = "") -> SimpleNamespace:
        return SimpleNamespace(
            name=name,
            resource_type=kind,
            fqn=["storelake", room, name],
            depends_on_nodes=[*parents],
            config=SimpleNamespace(meta={"rows_of": [rows_of]} if rows_of else {}),
        )

    nodes = {
        "pulls": node("pulls", "source.pulls", room="ops"),
        "stores": node("stores", room="stores", kind="seed"),
        "stg_orders": node("stg_orders", "source.orders", "pulls"),
        "stg_items": node("stg_items", "source.items", "pulls"),
        "looks": node("looks", "pulls"),
        "stock": node("stock", "looks", "stg_items"),
        "dim_date": node("dim_date"),
        "dim_store": node("dim_store", "stores"),
        "facts": node("facts", "stg_orders", "dim_store"),
        "item_facts": node("item_facts", "stg_items", "dim_store", rows_of="stg_items"),
        "test": node("test", "facts", kind="test"),
    }
    sources = {f"source.{name}": SimpleNamespace(identifier=name) for name in ("pulls", "orders", "items")}
    manifest = SimpleNamespace(nodes=nodes, sources=sources)

    assert set(affected(manifest, Changes(frozenset(["orders"]), is_all_new=False))) == {
        *("pulls", "looks", "stock", "stg_orders", "facts")
    }
    assert set(affected(manifest, Changes(frozenset(), is_all_new=False))) == {"pulls", "looks", "stock"}
    assert set(affected(manifest, Changes(frozenset(["items"]), is_all_new=True))) == {
        *("pulls", "looks", "stock", "stores", "stg_items", "dim_date", "dim_store", "facts", "item_facts")
    }
    # Rows of items there are none, as long as there are no items.
    assert set(affected(manifest, Changes(frozenset(["orders"]), is_all_new=True))) == {
        *("pulls", "looks", "stock", "stores", "stg_orders", "dim_date", "dim_store", "facts")
    }


@pytest.mark.whole
def test_what_is_left_out_is_as_if_all_were_built(tmp_path: Path, sandbox: dict[str, str]) -> None:
    """Files first, shops later, then a correction: silver and gold end as a full refresh makes them."""
    lake = tmp_path / "lake"
    drop = lake / "drop" / "online_retail" / "uk"
    drop.mkdir(parents=True)
    (drop / "1.csv").write_text(table(line(1, "A"), line(1, "POST"), line("C2", "A", quantity=-1)))
    project = Project(PROJECT, lake)

    files = storelake(lake, "run")
    assert files.returncode == 0, files.stdout + files.stderr
    before = project.tables()
    assert before["silver.stg_magento__orders"] == before["gold.fct_order_status_events"] == []
    assert len(before["gold.fct_order_lines"]) == 2

    shops = storelake(lake, "run", **sandbox)
    assert shops.returncode == 0, shops.stdout + shops.stderr
    (drop / "2.csv").write_text(table(line(1, "A", quantity=5), line(1, "POST"), line(3, "B")))
    corrected = storelake(lake, "run")
    assert corrected.returncode == 0, corrected.stdout + corrected.stderr
    made = project.tables()
    assert made["silver.stg_magento__orders"] != before["silver.stg_magento__orders"]
    assert made["gold.fct_order_lines"] != before["gold.fct_order_lines"]

    refreshed = storelake(lake, "build", "--full-refresh")
    assert refreshed.returncode == 0, refreshed.stdout + refreshed.stderr
    assert not difference(made, project.tables())
