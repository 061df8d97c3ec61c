"""Random histories: whatever was pulled, corrected, refused, replayed, killed, maintained, built, in whatever order, the
lake and its gold end as if the newest files had come alone."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from harness import SUBJECT_KEY, Launcher, differences, facts, launcher
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from lakes import Lake, line, table

from ingestion import run
from ingestion.environment import load
from ingestion.extract.files import file_extraction
from ingestion.lake import delta
from ingestion.load.ledger import Ledger
from ingestion.maintenance import check, compact
from ingestion.pulls import Bounds
from ingestion.run import Outcome

DAYS = ["2011-01-03", "2011-01-04", "2011-01-05"]
INVOICES = st.integers(1, 5)
SAID = st.dictionaries(INVOICES, st.integers(1, 3), min_size=1)


class _Killed(KeyboardInterrupt):
    """Stands for a process that ends here."""


class Histories(RuleBasedStateMachine):
    """A source whose days are stated over and over, beside what it should come to."""

    @initialize()
    def begin(self) -> None:
        self.place = self._home()
        self.lake = self._lake()
        self.said: dict[str, dict[int, int]] = {}
        """What the newest file of each day says: invoice and quantity."""
        self.number = 0

    def _home(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="history-"))

    def _lake(self) -> Lake:
        variables = {"STORELAKE_LAKE": str(self.place / "lake"), "STORELAKE_SUBJECT_KEY": SUBJECT_KEY}
        return Lake(load(variables), self.place / "files")

    def _ingest(self, **bounds: Any) -> list[Outcome]:
        return self.lake.outcomes(accept=[path.name for path in self.lake.folder.iterdir()], **bounds)

    def _state(self, days: Mapping[str, dict[int, int]], broken: set[int]) -> None:
        """A file that states days: what it does not say of them any more is gone, unless it has records that nobody
        can read. Each day has invoices of its own, each file one that makes it differ from all others."""
        self.number += 1
        rows = []
        for day, said in days.items():
            first = 100 * DAYS.index(day)
            stated = {first + n: quantity for n, quantity in said.items()} | {1000 * self.number + first: 1}
            rows += [line(n, quantity="many" if n - first in broken else q, at=_at(day)) for n, q in stated.items()]
            kept = self.said.get(day, {}) if broken else {}
            self.said[day] = kept | {n: q for n, q in stated.items() if n - first not in broken}
        self.lake.drop(f"{self.number:03d}.csv", table(*rows))

    @rule(day=st.sampled_from(DAYS), said=SAID)
    def state(self, day: str, said: dict[int, int]) -> None:
        """A day is stated for the first time, late, or anew."""
        self._state({day: said}, set())

    @rule(days=st.dictionaries(st.sampled_from(DAYS), SAID, min_size=2))
    def restate(self, days: dict[str, dict[int, int]]) -> None:
        """One file states several days anew."""
        self._state(days, set())

    @rule(day=st.sampled_from(DAYS), said=st.dictionaries(INVOICES, st.integers(1, 3), min_size=2), data=st.data())
    def state_badly(self, day: str, said: dict[int, int], data: st.DataObject) -> None:
        """A day is stated with a record that nobody can read."""
        self._state({day: said}, {data.draw(st.sampled_from(sorted(said)))})

    @rule()
    def pull(self) -> None:
        """All that waits is pulled."""
        assert {outcome.error for outcome in self._ingest()} == {None}

    @rule(day=st.sampled_from(DAYS))
    def back_fill(self, day: str) -> None:
        """Only files of a day are pulled; what they may not overtake, they wait for."""
        since = date.fromisoformat(day)
        assert {outcome.error for outcome in self._ingest(since=since, until=since + timedelta(days=1))} == {None}

    @rule(point=st.sampled_from(["complete", "write_items", "append_partition", "_write", "commit", "start"]))
    def pull_and_die(self, point: str) -> None:
        """A pull is killed, before its commit or behind it."""
        owner: Any = Ledger if hasattr(Ledger, point) else delta
        name = point
        if point == "commit":
            owner, name = delta, "_properties"
        before, fail = getattr(owner, name), Ledger.fail

        def die(*_: object, **__: object) -> None:
            raise _Killed

        setattr(owner, name, die)
        Ledger.fail = lambda *_: None  # type: ignore[method-assign]
        try:
            self._ingest()
        except _Killed:
            pass
        finally:
            setattr(owner, name, before)
            Ledger.fail = fail  # type: ignore[method-assign]

    @rule()
    def pull_again(self) -> None:
        """What was pulled is pulled once more, over a period: nothing lands."""
        self.pull()
        before = len(self.lake.bronze())
        self.pull()
        assert len(self.lake.bronze()) == before

    @rule()
    def replay(self) -> None:
        """What waits in quarantine is read again, with the contract as it is: nothing changes."""
        self.pull()
        before = self.lake.documents()
        assert [outcome.error for outcome in run.replay(self.lake.environment)] in ([None], [])
        assert self.lake.documents() == before

    @rule()
    def maintain(self) -> None:
        """Files are put together."""
        compact.maintain(self.lake.environment, compact.timedelta(hours=1))

    @rule()
    def lose_work(self) -> None:
        """The working folder is emptied."""
        shutil.rmtree(self.lake.environment.work, ignore_errors=True)

    @invariant()
    def bronze_is_accounted_for(self) -> None:
        """No row without an owner, at any moment, but those of a pull that has just been killed."""
        if getattr(self, "lake", None) and self.lake.environment.lake.exists():
            found = [problem.what for problem in check.check(self.lake.environment, quick=True)]
            assert all("which the ledger does not know" in one or "is committed, and" in one for one in found), found

    def teardown(self) -> None:
        """At the end, all is pulled: the live records are what the newest files say."""
        if not getattr(self, "lake", None):
            return
        self.pull()
        self.lake.check()
        assert list(check.check(self.lake.environment)) == []
        expected: list[tuple[int, int]] = sorted(pair for said in self.said.values() for pair in said.items())
        found = sorted((int(d["InvoiceNo"]), int(d["Quantity"])) for d in self.lake.documents())
        assert found == expected
        self._end()
        shutil.rmtree(self.place)

    def _end(self) -> None:
        """What else must hold."""


class GoldHistories(Histories):
    """The same with a bank's rates, builds and full refreshes: gold is that of a lake which was told the newest facts
    once, in one pull and one build."""

    home: ClassVar[Path]
    start: ClassVar[Launcher]

    @initialize()
    def begin(self) -> None:
        self._begin()
        # Something to grow from.
        self._state({day: {1: 1, 2: 2} for day in DAYS}, set())
        self.pull()
        self.build(())

    def _begin(self) -> None:
        super().begin()
        self.restate_rates("0.8461")

    def _home(self) -> Path:
        # dbt has read the project for this lake; whatever is left of the history before goes.
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        return self.home

    def _lake(self) -> Lake:
        lake = super()._lake()
        lake.folder = lake.environment.drop("online_retail", "uk")
        lake.folder.mkdir(parents=True)
        return lake

    def _ingest(self, **bounds: Any) -> list[Outcome]:
        names = frozenset(path.name for path in self.lake.folder.iterdir())
        systems = ["online_retail", "ecb_fx"]
        return run.ingest(self.lake.environment, systems, bounds=Bounds(accept=names, **bounds))

    @rule(rate=st.sampled_from(["0.8461", "0.8467", "N/A"]))
    def restate_rates(self, rate: str) -> None:
        """The bank corrects a rate of days that were converted long ago, or takes it back."""
        self.number += 1
        self.rates = f"Date,USD,GBP,\n2011-01-04,1.3155,{rate},\n2010-12-31,1.{3000 + self.number},0.8377,\n"
        folder = self.lake.environment.drop("ecb_fx", "ecb")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.number:03d}.csv"
        path.write_text(self.rates)
        os.utime(path, (1_700_000_000 + self.number,) * 2)

    def _was_pulled(self) -> bool:
        return (self.lake.environment.lake / "ledger" / "pulls").exists()

    @precondition(_was_pulled)
    @rule(words=st.sampled_from([(), ("--full-refresh",)]))
    def build(self, words: tuple[str, ...]) -> None:
        """Silver and gold are made, of what is new or all anew."""
        done = self.start.run(self.lake.environment.lake, "models", *words)
        assert done.code == 0, done.output

    @precondition(_was_pulled)
    @rule(delay=st.floats(0.1, 5.0))
    def build_and_die(self, delay: float) -> None:
        """A build is killed."""
        done = self.start.run(self.lake.environment.lake, "models", kill={"moment": "any", "delay": delay})
        assert done.code in (0, -9), done.output

    def _gold(self) -> dict[str, list[str]]:
        self.build(())
        found = facts(self.lake.environment.lake / "work" / "storelake.duckdb")
        return {name: rows for name, rows in found.items() if name.startswith("gold.")}

    def _end(self) -> None:
        grown, said, rates = self._gold(), self.said, self.rates
        self._begin()
        for day, stated in said.items():
            self.lake.drop(f"{day}.csv", table(*(line(n, quantity=q, at=_at(day)) for n, q in stated.items())))
        for path in self.lake.environment.drop("ecb_fx", "ecb").iterdir():
            path.write_text(rates)
        self.pull()
        assert differences(self._gold(), grown) == ""


def _at(day: str) -> str:
    return f"{day} 10:00:00"


def test_any_history_ends_as_its_newest_facts_say(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Protects the sum of all promises: `make faults` tries many histories, `make test` a few."""
    monkeypatch.setattr(file_extraction, "SETTLE_SECONDS", 0.0)
    examples, steps = (60, 14) if request.config.getoption("--kills") > 20 else (3, 8)
    _try(Histories, examples, steps, request)


@pytest.mark.whole
def test_any_history_ends_in_the_gold_of_its_newest_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Protects gold in the same way: builds between, some of them killed, and full refreshes leave nothing of the past."""
    monkeypatch.setattr(file_extraction, "SETTLE_SECONDS", 0.0)
    GoldHistories.home = tmp_path / "history"
    with launcher(tmp_path / "launcher", GoldHistories.home / "lake") as GoldHistories.start:
        if request.config.getoption("--kills") > 20:
            _try(GoldHistories, 12, 12, request)
        else:
            _one_of_all_kinds(GoldHistories())


def _one_of_all_kinds(history: GoldHistories) -> None:
    """The first that hypothesis tries is as simple as can be; a single one must not be."""
    first, second, _ = DAYS
    history.begin()
    history.restate_rates("0.8467")
    history._state({first: {1: 3, 2: 1, 4: 1}}, {2})
    history.restate({first: {1: 2, 3: 1}, second: {1: 5}})
    history.state(first, {1: 3, 5: 1})
    history.back_fill(first)
    history.pull_and_die("complete")
    history.build(())
    history.maintain()
    history.state(second, {2: 2})
    history.replay()
    history.build_and_die(1.0)
    history.teardown()


def _try(machine: type[Histories], examples: int, steps: int, request: pytest.FixtureRequest) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            derandomize=request.config.getoption("--seed") is None,
            suppress_health_check=list(HealthCheck),
        ),
    )
