"""The command line against the sandbox: what a newcomer types after `storelake sandbox`."""

from pathlib import Path

import duckdb
import pytest
from test_demo import storelake


@pytest.mark.whole
def test_shops_and_feeds_land_and_are_accounted_for(tmp_path: Path, sandbox: dict[str, str]) -> None:
    """Protects conservation from page to silver, and that the same windows land nothing twice."""
    lake = tmp_path / "lake"
    # Of files and rates, nothing: a lake of shops alone is green as well.
    for system in ("magento", "stock_feed"):
        done = storelake(lake, "ingest", system, **sandbox)
        assert done.returncode == 0, done.stdout + done.stderr
    again = storelake(lake, "ingest", "magento", **sandbox)
    assert again.returncode == 0, again.stdout + again.stderr
    built = storelake(lake, "build", **sandbox)
    assert built.returncode == 0, built.stdout + built.stderr
    with duckdb.connect(str(lake / "storelake.duckdb"), read_only=True) as database:
        found = database.execute("""
            select
                conservation.entity, sum(conservation.records_landed) > 0, bool_and(is_bronze_complete),
                sum(case when nth > 1 then conservation.records_landed end)
            from ops.conservation
            inner join (
                select pull_id, row_number() over (partition by system, source, entity order by sequence) as nth
                from ops.pulls
            ) using (pull_id)
            group by conservation.entity
        """).fetchall()
    entities = {"orders", "invoices", "credit_memos", "shipments", "products", "customers", "source_items"}
    assert {row[0] for row in found} == {*entities, "store_configs", "items"}
    assert all(landed and complete and not twice for _, landed, complete, twice in found)
