"""Killed with SIGKILL anywhere, run to the end, and nobody can tell: bronze, ledger and quarantine are the same.

`make faults` does it hundreds of times, `make test` a few. The seed is printed; `--seed N --only I` repeats one.
"""

import random
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from harness import Launcher, differences, essence, launcher, opened
from points import INGEST, Kill, Moment
from worlds import Files, Rates, Upkeep, World, sandbox

_QUICK = 20
_IN_RECOVERY = {"ingestion.ledger:Ledger.close_abandoned": 2, "ingestion.landing:Landing._recover": 1}


@dataclass(frozen=True)
class Ground:
    """A world in one of its phases: the lake before it, what an undisturbed run makes of it, and its points."""

    world: World
    phase: int
    before: Path | None
    afterwards: dict[str, list[str]]
    passed: dict[str, int]
    seconds: float


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lakes of these tests lie."""
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def start(place: Path) -> Iterator[Launcher]:
    """Starts the command line."""
    with launcher(place / "launcher") as found:
        yield found


@pytest.fixture(scope="module")
def grounds(place: Path, start: Launcher, request: pytest.FixtureRequest) -> Iterator[list[Ground]]:
    """Every kind of source in both phases, run to the end undisturbed; for a few kills, the quick ones of them."""
    with sandbox(place / "sandbox") as called:
        found = []
        worlds: list[World] = [Files(), called["feeds"]]
        if request.config.getoption("--kills") > _QUICK:
            worlds += [Rates(), called["shop"], Files("large file", many=36_000)]
        for world in worlds:
            before: Path | None = None
            for phase in (0, 1):
                lake = place / f"{world.name}-{phase}"
                if before:
                    shutil.copytree(before, lake)
                world.phase(phase, lake)
                done = start.run(lake, *world.arguments, variables=world.variables, count="ingest")
                assert done.code == 0, done.output
                opened(lake).check()
                found.append(Ground(world, phase, before, essence(opened(lake)), done.passed, done.seconds))
                before = lake
            if world.name in ("files", "shop"):
                found.append(_tidied(found[-1], Upkeep(f"upkeep of {world.name}"), lake, place, start))
        yield found


def _tidied(last: Ground, world: World, before: Path, place: Path, start: Launcher) -> Ground:
    """Upkeep of a lake: what is in it stays as it is."""
    lake = place / world.name
    shutil.copytree(before, lake)
    done = start.run(lake, *world.arguments, count="ingest")
    assert done.code == 0, done.output
    assert "files are 1" in done.output
    assert differences(last.afterwards, essence(opened(lake))) == ""
    return Ground(world, 1, before, last.afterwards, done.passed, done.seconds)


def plan(ground: Ground, stage: str | None, chance: random.Random, more: Mapping[str, int]) -> Kill | dict[str, Any]:
    """A kill at a stage, or, without one, at any time of the run."""
    if stage is None:
        return {"moment": "any", "delay": chance.uniform(0, ground.seconds)}
    passed = Counter(ground.passed) + Counter(more)
    point = chance.choice([point for point in INGEST[stage] if passed[point]])
    moment: Moment = chance.choice(["before", "within", "within", "after"])
    # From a few microseconds, inside a call, to long behind it.
    delay = 10 ** chance.uniform(-5.0, -1.5) if moment == "within" else 0.0
    return Kill(stage, point, chance.randint(1, passed[point]), moment, delay)


def stages_of(ground: Ground) -> list[str | None]:
    """The stages that a run passes, and any time."""
    passed: list[str | None] = [stage for stage, points in INGEST.items() if any(ground.passed.get(p) for p in points)]
    return [*passed, None]


def test_killed_ingestions_end_as_if_nothing_had_happened(
    grounds: list[Ground], start: Launcher, place: Path, request: pytest.FixtureRequest
) -> None:
    """Protects exactly once: whatever the stage, the kind of source, with the working folder kept or lost, also where
    the run that mends is killed, too; the books balance and no scratch is left."""
    kills = request.config.getoption("--kills")
    seed = request.config.getoption("--seed")
    seed = secrets.randbelow(10**6) if seed is None else seed
    only = request.config.getoption("--only")
    print(f"\nseed {seed}")
    # Each stage of each world in turn, so that a few kills meet many and many meet all.
    everywhere = [(ground, stage) for ground in grounds for stage in stages_of(ground)]
    random.Random(seed).shuffle(everywhere)
    killed: Counter[str] = Counter()
    number = 0
    while killed.total() < kills and number < 3 * kills:
        if only is not None:
            number = only
        ground, stage = everywhere[number % len(everywhere)]
        said = _once(ground, stage, random.Random(f"{seed} {number}"), start, place / "trial", killed)
        print(f"{number}: {said}", flush=True)
        if only is not None:
            return
        number += 1
    print(f"{killed.total()} kills: {dict(killed)}")
    assert killed.total() >= kills


def _once(
    ground: Ground, stage: str | None, chance: random.Random, start: Launcher, lake: Path, killed: Counter[str]
) -> str:
    """Kill once or twice, run to the end, compare; returns what was done."""
    shutil.rmtree(lake, ignore_errors=True)
    if ground.before:
        shutil.copytree(ground.before, lake)
    world = ground.world
    world.phase(ground.phase, lake)
    done = [f"{world.name}, phase {ground.phase}"]
    for attempt in range(chance.choice([1, 1, 1, 2])):
        more = _IN_RECOVERY if attempt else {}
        kill = plan(ground, stage if not attempt else chance.choice(stages_of(ground)), chance, more)
        ended = start.run(lake, *world.arguments, variables=world.variables, kill=kill)
        assert ended.code in (0, -9), f"{done} {kill}\n{ended.output}"
        if ended.code == -9:
            killed[kill.stage if isinstance(kill, Kill) else "any time"] += 1
        done.append(f"{kill}{'' if ended.code else ' (missed)'}")
        if lost := chance.random() < 0.4:
            shutil.rmtree(lake / "work", ignore_errors=True)
        done.append("work lost" if lost else "work kept")
    ended = start.run(lake, *world.arguments, variables=world.variables)
    about = "; ".join(done)
    assert ended.code == 0, f"{about}\n{ended.output}"
    found = opened(lake)
    try:
        found.check()
    except AssertionError as error:
        raise AssertionError(about) from error
    assert differences(ground.afterwards, essence(found)) == "", about
    return about
