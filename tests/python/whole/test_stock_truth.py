"""Stock and prices in gold against the sandbox's truth, over looks at different moments."""

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from projects import Project, difference

from ingestion import environment as environments
from ingestion import run, systems
from ingestion.environment import Environment
from ingestion.systems import magento, stock_feed
from sandbox import truth
from sandbox.shops import SHOPS
from sandbox.times import seconds
from sandbox.world import World

SHOP_SOURCES = tuple(shop.source for shop in SHOPS)
FEEDS = ("central", "merchant")
EVERYBODY = (*SHOP_SOURCES, *FEEDS)
# The first evenings, on which SL-1001 goes 5, 3, 5, two looks on one day; then some weeks later, when SKUs have left,
# and again, when some of them are back.
LOOKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("2025-01-03T20:00:00Z", EVERYBODY),
    ("2025-01-04T22:30:00Z", EVERYBODY),
    ("2025-01-05T08:00:00Z", ("de", "central")),
    ("2025-01-05T23:59:59Z", EVERYBODY),
    ("2025-05-20T00:00:00Z", ("us", "central")),
    ("2025-09-01T12:00:00Z", ("de", "gb", *FEEDS)),
)
# Between the two looks of one day.
BUILT_AFTER = 2
WANTED = ("+fct_inventory_daily", "+fct_product_prices", "+dim_product_history", "+dim_product")


class Pipeline:
    """A lake that looks at the sandbox, and its dbt project."""

    def __init__(self, variables: dict[str, str], folder: Path) -> None:
        self.environment = _environment(folder, variables)
        self.project = Project.copy(folder / "project")
        declared = tomllib.loads(Path(variables["STORELAKE_SOURCES"]).read_text())
        self._clock = declared["stock_feed"]["central"]["url"].replace("/feeds/central.xml", "/_sandbox/clock")

    def look(self, moment: str, sources: Iterable[str]) -> None:
        """Pull stock and products of these sources as they are at that moment."""
        httpx.post(self._clock, json={"now": moment}).raise_for_status()
        for source in sources:
            system = "stock_feed" if source in FEEDS else "magento"
            outcomes = run.ingest(self.environment, [system], source=source)
            assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)

    def build(self, *options: str) -> dict[str, Any]:
        """Build, and all of gold's rows."""
        self.project.build(*options, "--indirect-selection=cautious", "--select", *WANTED)
        return self.project.tables(["gold"])


def _environment(folder: Path, variables: dict[str, str]) -> Environment:
    return environments.load(
        {"STORELAKE_LAKE": str(folder / "project" / "lake"), "STORELAKE_SUBJECT_KEY": "k" * 40, **variables}
    )


@pytest.fixture
def pipeline(tmp_path: Path, sandbox: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """An empty lake; sales are not pulled, which takes most of the time."""
    entities = {"products", "source_items", "store_configs"}
    shops = replace(magento.SYSTEM, entities=tuple(one for one in magento.SYSTEM.entities if one.entity in entities))
    monkeypatch.setattr(systems, "load_all", lambda: {"magento": shops, "stock_feed": stock_feed.SYSTEM})
    return Pipeline(sandbox, tmp_path)


def _moments(source: str) -> list[int]:
    return [seconds(moment) for moment, sources in LOOKS if source in sources]


def _stock(world: World) -> pa.Table:
    """The truth of each source's looks; the merchant's feed offers what lies in Berlin."""
    end = max(seconds(moment) for moment, _ in LOOKS)
    places = {shop.source: [place.code for place in shop.locations] for shop in SHOPS}
    places |= {"central": ["central"], "merchant": ["de-berlin"]}
    tables = []
    for source, codes in places.items():
        known = truth.stock_daily(world, _moments(source), end)
        found = known.filter(pc.is_in(known["location"].cast("string"), pa.array(codes)))
        tables.append(found.append_column("source", pa.repeat(pa.scalar(source), found.num_rows)))
    return pa.concat_tables(tables)


def _prices(world: World) -> pa.Table:
    end = max(seconds(moment) for moment, _ in LOOKS)
    found = (truth.price_intervals(world, _moments(source), end) for source in SHOP_SOURCES)
    return pa.concat_tables(
        table.filter(pc.equal(table["source"], source)) for source, table in zip(SHOP_SOURCES, found, strict=True)
    )


STOCK = """
    select date_day, source, {location}, cast(sku as varchar) as sku, cast(quantity as decimal(18, 4)) as quantity, is_listed, is_carried
    from {table}
"""
PRICES = "select source, sku, valid_from, {valid_to}, cast({price} as decimal(18, 4)) as price from {table}"


@pytest.mark.whole
def test_stock_and_prices_are_the_truth(pipeline: Pipeline) -> None:
    """To the piece and to the cent: 5, 3, 5, what leaves and comes back, sources that cannot be reached, two looks a
    day; and the same rows whether looks were built as they came or all at once.
    """
    for number, (moment, sources) in enumerate(LOOKS):
        pipeline.look(moment, sources)
        if number == BUILT_AFTER:
            pipeline.build()
    grown = pipeline.build()
    world = World(7, 100)
    with duckdb.connect(str(pipeline.project.work_file), read_only=True) as database:
        database.execute("set TimeZone = 'UTC'")
        database.register("true_stock", _stock(world))
        database.register("true_prices", _prices(world))
        same = [
            (
                STOCK.format(location="location", table="gold.fct_inventory_daily"),
                STOCK.format(
                    location="case when source = 'merchant' then source else cast(location as varchar) end",
                    table="true_stock",
                ),
            ),
            (
                PRICES.format(
                    valid_to="case when not is_current then valid_to end",
                    price="list_price",
                    table="""(from gold.fct_product_prices where not is_assumed)
                        semi join (select min(store_key) as store_key from silver.int_stores group by system, source) using (store_key)""",
                ),
                PRICES.format(valid_to="valid_to", price="price", table="true_prices"),
            ),
        ]
        for got, told in same:
            assert database.execute(f"({got}) except all ({told}) order by all limit 5").fetchall() == []
            assert database.execute(f"({told}) except all ({got}) order by all limit 5").fetchall() == []
        assert database.execute("""
            select count(*) filter (where is_carried), count(*) filter (where not is_listed), count(distinct source)
            from gold.fct_inventory_daily
        """).fetchone() > (1000, 100, 5)
        # Both store views of a shop have its prices.
        assert database.execute("""
            select count(distinct store_key) from gold.fct_product_prices where source = 'de' group by sku, valid_from
        """).fetchall()[0] == (2,)
    anew = pipeline.build("--full-refresh")
    assert not difference(grown, anew)


FIELD = {
    "meiro": ("google_merchant", "meiro_demo_product-feed.xml"),
    "apparix": ("google_merchant", "apparix_google-merchant-feed.xml"),
    "weidmueller": ("bmecat", "WEI_BMECat_1351590000.xml"),
}


@pytest.mark.whole
def test_feeds_of_the_field_are_read(tmp_path: Path, shared: Callable[..., Path]) -> None:
    """Real feeds reach silver without a refusal, and what tells no quantity is no stock."""
    tables = (f'[stock_feed.{name}]\nurl = "{shared("data", "feeds", *parts)}"\n' for name, parts in FIELD.items())
    (tmp_path / "sources.toml").write_text("".join(tables))
    environment = _environment(tmp_path, {"STORELAKE_SOURCES": str(tmp_path / "sources.toml")})
    outcomes = run.ingest(environment, ["stock_feed"])
    assert [outcome.error for outcome in outcomes] == [None] * len(FIELD)
    project = Project.copy(tmp_path / "project")
    project.build("--indirect-selection=cautious", "--select", "+fct_inventory_daily")
    with duckdb.connect(str(project.work_file), read_only=True) as database:
        assert database.execute("""
            select source, count(*), count(_errors), count(google_price), count(coalesce(title, google_title))
            from silver.stg_stock_feed__items
            group by source order by source
        """).fetchall() == [("apparix", 4, 0, 4, 4), ("meiro", 42, 0, 42, 42), ("weidmueller", 1, 0, 0, 0)]
        assert database.execute("select count(*) from gold.fct_inventory_daily").fetchone() == (0,)
