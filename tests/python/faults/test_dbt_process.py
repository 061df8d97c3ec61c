"""The command line and the dbt process that it starts: whichever of the two is killed, the other ends and says so."""

import os
import random
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import differences, tables
from test_side_by_side import command, ended
from worlds import Files, Rates

PATIENCE = 300
_QUICK = 5


@dataclass
class Running:
    """A command that has started dbt."""

    parent: subprocess.Popen[str]
    dbt: int

    def kill(self, process: int) -> None:
        """Kill one of the two; neither may outlive it."""
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        self._end()

    def interrupt(self) -> None:
        """What Ctrl-C does: both get SIGINT, and end."""
        for process in (self.parent.pid, self.dbt):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGINT)
        self._end()

    def _end(self) -> None:
        _wait(lambda: not _runs(self.dbt) and self.parent.poll() is not None, "the other process goes on")


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with something to build."""
    lake = tmp_path_factory.mktemp("dbt") / "lake"
    for world in (Files(), Rates()):
        world.phase(0, lake)
        code, said = ended(command(lake, *world.arguments))
        assert code == 0, said
    return lake


def running(lake: Path, *arguments: str) -> Running:
    """Start a command, and wait until it has started dbt."""
    parent = command(lake, *arguments)
    found: list[int] = []

    def is_there() -> bool:
        assert parent.poll() is None, ended(parent)
        found[:] = [child for child in _children(parent.pid) if "spawn_main" in _words(child)]
        return bool(found)

    _wait(is_there, "dbt was not started")
    return Running(parent, found[0])


def _children(process: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{process}/task").glob("*/children") for child in task.read_text().split()
    ]


def _runs(process: int) -> bool:
    """Whether a process is there and has not ended: who takes over an orphan may be slow to bury it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _words(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _wait(holds: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, otherwise
        time.sleep(0.02)


def _builds(lake: Path) -> Callable[[], bool]:
    """Whether dbt is in the middle of its statements."""
    log = lake / "work" / "storelake.duckdb.wal"
    return lambda: log.exists() and log.stat().st_size > 100_000


def test_neither_outlives_the_other_and_the_next_build_works(landed: Path, tmp_path: Path) -> None:
    """Protects the lake and whoever waits: a build whose parent was killed ends, half of it is never published, and
    one whose dbt was killed says so with exit code 1; what both left is no burden for the next build."""
    lake = Path(shutil.copytree(landed, tmp_path / "lake"))
    published = lake / "storelake.duckdb"

    run = running(lake, "run")
    run.kill(run.parent.pid)
    assert not (lake / "work" / "target" / "partial_parse.msgpack").exists(), "dbt went on reading the project"

    build = running(lake, "build")
    _wait(_builds(lake), "dbt does not get to work")
    build.kill(build.parent.pid)
    assert not published.exists()

    build = running(lake, "build")
    _wait(lambda: (lake / "work" / "build.lock").stat().st_size > 0, "the build does not begin")
    build.kill(build.dbt)
    code, said = ended(build.parent)
    assert (code, "dbt's process ended with exit code -9" in said) == (1, True), said
    assert not published.exists()

    code, said = ended(command(lake, "build"))
    assert code == 0, said
    assert "Waiting for" not in said
    assert published.exists()


def test_killed_at_any_time_and_gold_is_the_same(landed: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Protects gold where a real process dies, reading the project included: `make faults` alone has the time."""
    rounds = request.config.getoption("--build-kills") // 5
    if request.config.getoption("--build-kills") <= _QUICK:
        pytest.skip("takes minutes: make faults runs it")
    seed = request.config.getoption("--seed")
    seed = secrets.randbelow(10**6) if seed is None else seed
    print(f"\nseed {seed}")
    lake = Path(shutil.copytree(landed, tmp_path / "lake"))
    started = time.monotonic()
    code, said = ended(command(lake, "build"))
    assert code == 0, said
    seconds = time.monotonic() - started
    afterwards = tables(lake / "storelake.duckdb")
    for number in range(rounds):
        chance = random.Random(f"{seed} {number}")
        shutil.rmtree(lake)
        shutil.copytree(landed, lake)
        build = running(lake, "build")
        delay, is_parent = chance.uniform(0, seconds), chance.random() < 0.6
        is_interrupted = chance.random() < 0.3
        who = "both interrupted" if is_interrupted else "the parent killed" if is_parent else "dbt killed"
        about = f"{number}: {who} after {delay:.1f} s"
        time.sleep(delay)
        if build.parent.poll() is None and _runs(build.dbt):
            if is_interrupted:
                build.interrupt()
            else:
                build.kill(build.parent.pid if is_parent else build.dbt)
        code, said = ended(build.parent)
        assert code in (0, 130 if is_interrupted else -9 if is_parent else 1), f"{about}\n{said}"
        assert "Traceback" not in said, f"{about}\n{said}"
        if (lake / "storelake.duckdb").exists():
            assert differences(afterwards, tables(lake / "storelake.duckdb")) == "", about
        code, said = ended(command(lake, "build"))
        assert code == 0, f"{about}\n{said}"
        assert differences(afterwards, tables(lake / "storelake.duckdb")) == "", about
        print(about, flush=True)
