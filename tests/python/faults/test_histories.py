"""Random histories: whatever was pulled, corrected, refused, replayed, killed, maintained, in whatever order, the lake
ends as if the newest files had come alone."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from lakes import Lake, line, table

from ingestion import check, delta, run, upkeep
from ingestion.environment import load
from ingestion.extract import files
from ingestion.ledger import Ledger

DAYS = ["2011-01-03", "2011-01-04", "2011-01-05"]
INVOICES = st.integers(1, 5)


class _Killed(KeyboardInterrupt):
    """Stands for a process that ends here."""


class Histories(RuleBasedStateMachine):
    """A source whose days are stated over and over, beside what it should come to."""

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="history-"))
        variables = {"STORELAKE_LAKE": str(self.place / "lake"), "STORELAKE_SUBJECT_KEY": "k" * 40}
        self.lake = Lake(load(variables), self.place / "files")
        self.said: dict[str, dict[int, int]] = {}
        """What the newest file of each day says: invoice and quantity."""
        self.number = 0

    def _state(self, day: str, said: dict[int, int], broken: set[int]) -> None:
        self.number += 1
        # Each day has invoices of its own.
        said = {100 * DAYS.index(day) + n: quantity for n, quantity in said.items()}
        broken = {100 * DAYS.index(day) + n for n in broken}
        rows = [line(n, quantity="many" if n in broken else q, at=f"{day} 10:00:00") for n, q in said.items()]
        # One day a file: what it does not say any more is gone, unless it has records that nobody can read.
        self.lake.drop(f"{self.number:03d}.csv", table(*rows, line(900 + self.number, at=f"{day} 09:00:00")))
        kept = self.said.get(day, {}) if broken else {}
        good = {n: q for n, q in said.items() if n not in broken} | {900 + self.number: 1}
        self.said[day] = kept | good

    @rule(day=st.sampled_from(DAYS), said=st.dictionaries(INVOICES, st.integers(1, 3), min_size=1))
    def state(self, day: str, said: dict[int, int]) -> None:
        """A day is stated for the first time, late, or anew."""
        self._state(day, said, set())

    @rule(day=st.sampled_from(DAYS), said=st.dictionaries(INVOICES, st.integers(1, 3), min_size=2), data=st.data())
    def state_badly(self, day: str, said: dict[int, int], data: st.DataObject) -> None:
        """A day is stated with a record that nobody can read."""
        self._state(day, said, {data.draw(st.sampled_from(sorted(said)))})

    @rule()
    def pull(self) -> None:
        """All that waits is pulled."""
        names = [path.name for path in self.lake.folder.iterdir()]
        outcomes = self.lake.outcomes(accept=names)
        assert [outcome.error for outcome in outcomes] == [None]

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
            self.lake.outcomes(accept=[path.name for path in self.lake.folder.iterdir()])
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
        upkeep.maintain(self.lake.environment, upkeep.timedelta(hours=1))

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
        shutil.rmtree(self.place)


def test_any_history_ends_as_its_newest_facts_say(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Protects the sum of all promises: `make faults` tries many histories, `make test` a few."""
    monkeypatch.setattr(files, "SETTLE_SECONDS", 0.0)
    examples, steps = (60, 14) if request.config.getoption("--kills") > 20 else (3, 8)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            derandomize=request.config.getoption("--seed") is None,
            suppress_health_check=list(HealthCheck),
        ),
    )
