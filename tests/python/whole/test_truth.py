"""Whatever shops do and however they fail, gold says what happened: the sandbox's truth, to the cent."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import httpx
import pytest
from projects import Project, difference
from truths import differences

from ingestion import run
from ingestion.environment import Environment, load
from ingestion.pulls import Bounds
from sandbox import truth
from sandbox.faults import late_week, lost_orders
from sandbox.world import World
from storelake.sandbox import running

SEEDS = {"none": 33, "flaky": 26, "hostile": 27}
"""A seed a scenario: what the shops sell, and the sequence of what people do."""
ORDERS = {"none": 1_200, "flaky": 1_200, "hostile": 500}
"""Orders in 66 weeks, of which those of the first that are pulled bring every kind of line and refund."""
REFUSED = {"magento/us/customers", "magento/gb/source_items", "stock_feed/atom/items"}
"""What hostile shops never give."""


class _Shops:
    """The sandbox in a process of its own, and the pipeline's way to it."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self.scenario = scenario
        self.seed = SEEDS[scenario]
        self.orders = ORDERS[scenario]
        self.world = World(self.seed, self.orders)
        self.now = 0
        self._sources = folder / "sources.toml"
        self._folder = folder

    @contextmanager
    def open(self) -> Iterator[dict[str, str]]:
        options = ["--seed", str(self.seed), "--orders", str(self.orders), "--scenario", self.scenario]
        with running([*options, "--sources", str(self._sources)]) as ready:
            self._url = ready.url
            yield ready.variables

    def wait_until(self, moment: datetime) -> None:
        """Move the shops' clock."""
        self.now = int(moment.timestamp())
        answer = httpx.post(f"{self._url}/_sandbox/clock", json={"now": moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
        answer.raise_for_status()

    def truth(self) -> Path:
        """What is true now."""
        folder = self._folder / f"truth_{self.now}"
        lost = lost_orders(self.world, self.now) if self.scenario == "hostile" else None
        truth.write(self.world, folder, self.now, [self.now], lost)
        return folder


def _ingest(environment: Environment, bounds: Bounds, scenario: str) -> tuple[int, bool]:
    """Pull all shops; returns how many records landed, and whether each list came as far as the shop gives it.

    Products are not counted: a shop may change them without moving their time of change, which a back-fill then sees.
    While the newest orders of a shop are what it withholds, nobody knows how far to ask: that pull fails and says so.
    """
    outcomes = run.ingest(environment, ["magento"], bounds=bounds)
    failed = {str(outcome.feed): outcome.error for outcome in outcomes if outcome.error}
    expected = (REFUSED | {"magento/gb/orders"}) if scenario == "hostile" else set()
    assert {feed: error for feed, error in failed.items() if feed not in expected} == {}
    assert all(
        "again" in error or "isn't authorized" in error or "401" in error or "404" in error for error in failed.values()
    )
    newest_is_withheld = "Run the same command again later" in failed.get("magento/gb/orders", "")
    pulls = [pull for outcome in outcomes for pull in outcome.pulls if pull.feed.entity != "products"]
    return sum(pull.counts.landed for pull in pulls), not newest_is_withheld


@pytest.mark.whole
@pytest.mark.long
@pytest.mark.parametrize("scenario", SEEDS)
def test_gold_equals_the_truth(scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the mission: a first pull, four weeks of increments with late updates, a back-fill and a full refresh
    tell the truth each time, and the same rows; under faults as well, but for what nobody can have."""
    shops = _Shops(tmp_path, scenario)
    chance = random.Random(shops.seed)
    print(f"seed {shops.seed}")
    project = Project.copy(tmp_path / "project")
    # Where a week is withheld, all begins before it.
    week_of_interest = (
        late_week(shops.seed)[0] if scenario == "hostile" else datetime(2025, 3, 17, tzinfo=UTC).timestamp()
    )
    now = datetime.fromtimestamp(week_of_interest, UTC) - timedelta(
        days=chance.randrange(2, 12), seconds=chance.randrange(86400)
    )
    with shops.open() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        environment = load({**os.environ, "STORELAKE_LAKE": str(project.lake), "STORELAKE_SUBJECT_KEY": "k" * 40})

        def pull(*, is_built: bool) -> None:
            shops.wait_until(now)
            landed, is_complete = _ingest(environment, Bounds(), scenario)
            assert landed > 0
            if is_built and is_complete:
                project.build()
                assert differences(project.work_file, shops.truth()) == []

        pull(is_built=True)
        for week in range(4):
            now += timedelta(days=7, seconds=chance.randrange(-40_000, 40_000))
            pull(is_built=week == 3 or chance.random() < 0.4)
        since = date(2025, 1, 6) + timedelta(days=chance.randrange(40))
        until = since + timedelta(days=chance.randrange(7, 28))
        again, is_complete = _ingest(environment, Bounds(since=since, until=until), scenario)
        assert is_complete
        assert again == 0, "records that were known landed again"
        project.build()
        assert differences(project.work_file, shops.truth()) == []
        before = project.tables()
        project.build("--full-refresh")
    assert difference(before, project.tables()) == ""
    assert differences(project.work_file, shops.truth()) == []
    with duckdb.connect(str(project.work_file), read_only=True) as database:
        currencies = database.execute("select distinct currency from gold.fct_orders order by 1").fetchall()
        kinds = database.execute("select distinct line_type from gold.fct_return_lines order by 1").fetchall()
        told = database.execute("""
            select error from ops.pulls union all select notes from ops.pulls union all select reason from ops.pull_items
            union all select reason from ops.quarantine union all select reason from ops.silver_refusals
        """).fetchall()
    # All persons of the sandbox bear a mark.
    assert [text for (text,) in told if text and "mark" in text.lower()] == []
    # The seeds bring everything that is compared.
    assert [row[0] for row in currencies] == ["EUR", "GBP", "PLN", "USD"]
    assert {row[0] for row in kinds} >= {"goodwill", "postage", "product"}
