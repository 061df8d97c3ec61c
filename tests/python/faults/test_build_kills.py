"""`storelake build` killed with SIGKILL anywhere: what is published is never torn, and the next build ends the same."""

import random
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import Launcher, differences, launcher, tables
from points import BUILD, Kill, Moment
from worlds import Files, Rates, World, sandbox

_QUICK = 5


@dataclass(frozen=True)
class Ground:
    """A lake before a build, what an undisturbed build makes of it, and what may be read while it runs."""

    name: str
    before: Path
    published: dict[str, list[str]] | None
    afterwards: dict[str, list[str]]
    passed: dict[str, int]
    seconds: float


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lakes of these tests lie."""
    return tmp_path_factory.mktemp("builds")


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
def grounds(place: Path, lake: Path, start: Launcher, request: pytest.FixtureRequest) -> list[Ground]:
    """Of files with rates, and of shops with feeds: a first build, and one of corrections, deletes and news on top of it;
    for a few kills, only the first of files."""
    is_long = request.config.getoption("--build-kills") > _QUICK
    found = [*_grounds("files", [Files(), Rates()], 1 + is_long, place, lake, start)]
    if is_long:
        with sandbox(place / "sandbox") as called:
            found += _grounds("shops", list(called.values()), 2, place, lake, start)
    return found


def _grounds(
    name: str, worlds: Sequence[World], phases: int, place: Path, lake: Path, start: Launcher
) -> Iterator[Ground]:
    shutil.rmtree(lake, ignore_errors=True)
    published: dict[str, list[str]] | None = None
    for phase in range(phases):
        for world in worlds:
            world.phase(phase, lake)
            done = start.run(lake, *world.arguments, variables=world.variables)
            assert done.code == 0, done.output
        before = Path(shutil.copytree(lake, place / f"{name}-{phase}"))
        done = start.run(lake, "build", count="build")
        assert done.code == 0, done.output
        afterwards = tables(lake / "storelake.duckdb")
        assert afterwards != published
        about = f"{('first', 'second')[phase]} build of {name}"
        yield Ground(about, before, published, afterwards, done.passed, done.seconds)
        published = afterwards


def plan(ground: Ground, chance: random.Random) -> Kill | dict[str, object]:
    """A kill at a stage that is drawn first, so that rare ones are met, or at any time of the build."""
    stage = chance.choice([*BUILD, "a statement", "a statement", None])
    if stage is None:
        return {"moment": "any", "delay": chance.uniform(0, ground.seconds)}
    point = chance.choice([point for point in BUILD[stage] if ground.passed.get(point)])
    moment: Moment = chance.choice(["before", "within", "within", "after"])
    delay = 10 ** chance.uniform(-4.0, -1.0) if moment == "within" else 0.0
    return Kill(stage, point, chance.randint(1, ground.passed[point]), moment, delay)


def test_killed_builds_end_as_if_nothing_had_happened(
    grounds: list[Ground], start: Launcher, lake: Path, request: pytest.FixtureRequest
) -> None:
    """Protects readers and gold: after a kill the published file is the old one or the new one, whole; after the next
    build, silver and gold are row by row what an undisturbed build makes, with the work file kept or lost."""
    kills = request.config.getoption("--build-kills")
    seed = request.config.getoption("--seed")
    seed = secrets.randbelow(10**6) if seed is None else seed
    only = request.config.getoption("--only")
    print(f"\nseed {seed}")
    killed: Counter[str] = Counter()
    for number in range(3 * kills) if only is None else [only]:
        chance = random.Random(f"{seed} {number}")
        print(f"{number}: {_once(grounds[number % len(grounds)], chance, start, lake, killed)}", flush=True)
        if killed.total() >= kills:
            break
    print(f"{killed.total()} kills: {dict(killed)}")
    assert killed.total() >= (kills if only is None else 0)


def _once(ground: Ground, chance: random.Random, start: Launcher, lake: Path, killed: Counter[str]) -> str:
    shutil.rmtree(lake, ignore_errors=True)
    shutil.copytree(ground.before, lake)
    kill = plan(ground, chance)
    about = f"{ground.name}; {kill}"
    ended = start.run(lake, "build", kill=kill)
    assert ended.code in (0, -9), f"{about}\n{ended.output}"
    if ended.code:
        killed[kill.stage if isinstance(kill, Kill) else "any time"] += 1
    else:
        about += " (missed)"
    published = lake / "storelake.duckdb"
    for way in ("the build", "storelake publish"):
        if way == "storelake publish":
            # What a killed build has left is not green: as before, or as afterwards, or not at all.
            assert start.run(lake, "publish").code in (0, 1, 2), about
        if ground.published is not None or published.exists():
            seen = tables(published)
            assert seen in (ground.published, ground.afterwards), f"{about}: a torn file is published by {way}"
    if chance.random() < 0.3:
        shutil.rmtree(lake / "work")
        about += "; work lost"
    ended = start.run(lake, "build")
    assert ended.code == 0, f"{about}\n{ended.output}"
    for file in (published, lake / "work" / "storelake.duckdb"):
        assert differences(ground.afterwards, tables(file)) == "", about
    return f"{about} ({ended.seconds:.0f} s)"
