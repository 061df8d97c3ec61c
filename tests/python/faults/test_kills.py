"""Killed with SIGKILL anywhere, run to the end, and nobody can tell: bronze, ledger, quarantine, silver and gold are the
same, row by row.

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
from harness import Launcher, differences, essence, facts, launcher, opened
from points import INGEST, Kill, Moment
from worlds import Files, Rates, Upkeep, World, sandbox

_QUICK = 20
_IN_RECOVERY = {"ingestion.load.ledger:Ledger.close_abandoned": 2, "ingestion.load.landing:Landing._recover": 1}


@dataclass(frozen=True)
class Ground:
    """A world in one of its phases: the lake before it, what an undisturbed run makes of it, and its points.

    `models` is silver and gold of it, where they are to be built and compared as well.
    """

    world: World
    phase: int
    before: Path | None
    afterwards: dict[str, list[str]]
    models: dict[str, list[str]] | None
    passed: dict[str, int]
    seconds: float


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lakes of these tests lie."""
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def lake(place: Path) -> Path:
    """Where all of it happens: dbt has read the project for this lake."""
    return place / "lake"


@pytest.fixture(scope="module")
def start(place: Path, lake: Path) -> Iterator[Launcher]:
    """Starts the command line."""
    with launcher(place / "launcher", lake) as found:
        yield found


@pytest.fixture(scope="module")
def grounds(place: Path, lake: Path, start: Launcher, request: pytest.FixtureRequest) -> Iterator[list[Ground]]:
    """Every kind of source in both phases, run to the end undisturbed; for a few kills, the quick ones of them."""
    is_long = request.config.getoption("--kills") > _QUICK
    with sandbox(place / "sandbox") as called:
        found: list[Ground] = []
        worlds: list[World] = [Files(), called["feeds"]]
        if is_long:
            worlds += [Rates(), called["shop"], Files("large file", many=36_000)]
        for world in worlds:
            before: Path | None = None
            for phase in (0, 1):
                is_built = is_long or (world.name, phase) == ("files", 1)
                found.append(_ground(world, phase, before, lake, start, is_built))
                before = Path(shutil.copytree(lake, place / f"{world.name}-{phase}"))
            if world.name in ("files", "shop"):
                upkeep = _ground(Upkeep(f"upkeep of {world.name}"), 1, before, lake, start, is_built)
                # What is in the lake stays as it is.
                assert differences(found[-1].afterwards, upkeep.afterwards) == ""
                found.append(upkeep)
        yield found


def _ground(world: World, phase: int, before: Path | None, lake: Path, start: Launcher, is_built: bool) -> Ground:
    _reset(lake, before)
    world.phase(phase, lake)
    done = start.run(lake, *world.arguments, variables=world.variables, count="ingest")
    assert done.code == 0, done.output
    assert "files are 1" in done.output or not isinstance(world, Upkeep)
    opened(lake).check()
    models = _models(lake, start) if is_built else None
    return Ground(world, phase, before, essence(opened(lake)), models, done.passed, done.seconds)


def _reset(lake: Path, before: Path | None) -> None:
    shutil.rmtree(lake, ignore_errors=True)
    if before:
        shutil.copytree(before, lake)


def _models(lake: Path, start: Launcher) -> dict[str, list[str]]:
    """Silver and gold of a lake, made on top of what was made before."""
    done = start.run(lake, "models")
    assert done.code == 0, done.output
    return facts(lake / "work" / "storelake.duckdb")


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
    grounds: list[Ground], start: Launcher, lake: Path, request: pytest.FixtureRequest
) -> None:
    """Protects exactly once: whatever the stage, the kind of source, with the working folder kept or lost, also where
    the run that mends is killed, too; the books balance, no scratch is left, and gold is what it would have been."""
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
        said = _once(ground, stage, random.Random(f"{seed} {number}"), start, lake, killed)
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
    _reset(lake, ground.before)
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
    if ground.models is not None:
        assert differences(ground.models, _models(lake, start)) == "", about
        about += "; built"
    return about
