"""Machines that build one lake in a bucket take turns, and one that falls silent does not keep its turn."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.lake import bucket
from storelake.locking import lease
from storelake.locking.wait_limit import WaitLimit

pytestmark = pytest.mark.trino


@pytest.fixture
def lake(lake: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """With turns that pass quickly."""
    monkeypatch.setattr(lease, "_PAUSE", 0.05)
    monkeypatch.setattr(lease, "RENEWAL", 0.2)
    monkeypatch.setattr(lease, "SILENCE", 3.0)
    return lake


def _elsewhere(environment: Environment, name: str) -> Environment:
    return replace(environment, lake=environment.lake / name)


def _never() -> None:
    raise AssertionError("the turn was lost")


def test_of_many_one_has_the_turn(lake: Environment) -> None:
    """Whoever comes while it is held waits, says for whom, and gets it; never two at once."""
    inside, most, told = 0, 0, []

    def build(number: int) -> None:
        nonlocal inside, most
        with lease.held(_elsewhere(lake, str(number)), WaitLimit(60, told.append), _never):
            inside += 1
            most = max(most, inside)
            time.sleep(0.3)
            inside -= 1

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(build, number) for number in range(6)]:
            done.result()
    assert most == 1
    assert 3 <= len(told) <= 5
    assert told[0].startswith(f"Waiting for process {os.getpid()} on ")
    assert len(list(bucket.objects(f"{lake.root}/turn"))) == 1


def test_patience_ends(lake: Environment) -> None:
    """A turn that is renewed is not taken away, however long it lasts."""
    other = _elsewhere(lake, "other")
    refused = pytest.raises(StorelakeError, match="still builds in this lake")
    with (
        lease.held(lake, WaitLimit(5, _never_told), _never),
        refused,
        lease.held(other, WaitLimit(4.5, lambda said: None), _never),
    ):
        pass


def test_what_is_silent_is_taken_and_what_was_ours_at_once(lake: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that died keeps the others for `SILENCE` seconds; a process that died here, whose lock we have, not at
    all. Who comes back late learns that the turn is another one's, and leaves that one alone."""
    other = _elsewhere(lake, "other")
    lost = threading.Event()
    with monkeypatch.context() as silent:
        silent.setattr(lease, "RENEWAL", 6.0)
        with lease.held(lake, WaitLimit(5, _never_told), lost.set):
            began = time.monotonic()
            with lease.held(other, WaitLimit(30, lambda said: None), _never):
                assert 2.5 < time.monotonic() - began < 6
                assert lost.wait(10)
            # Nothing of the lost turn comes back.
    assert [one.uri.rsplit("/", 1)[1] for one in bucket.objects(f"{lake.root}/turn")] == ["00000002.json"]
    # A process of this folder was killed: its turn is there, and never given back.
    lease._write(lake, 3, lease._said(lake, is_over=False))
    began = time.monotonic()
    with lease.held(lake, WaitLimit(5, _never_told), _never):
        assert time.monotonic() - began < 2


def _never_told(said: str) -> None:
    raise AssertionError(said)
