"""Every command, disturbed by every signal and by a full disk behind a call that did its work: nothing is lost or doubled.

SIGINT and SIGHUP reach all processes of a command, as from a terminal; SIGTERM and SIGKILL its first one. The command is
then run again, and the lake must be what an undisturbed command makes of it. `make faults` does it 200 times over all
commands, `make test` a few times over those that need no dbt. `--seed N --only I` repeats one.
"""

import random
import secrets
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from harness import Launcher, differences, essence, facts, launcher, opened, tables
from lakes import line, table
from points import BUILD, INGEST, Kill, Moment
from worlds import Files, Upkeep

from ingestion.load.quarantine import Quarantine
from ingestion.maintenance import check
from ingestion.pulls import Feed

_QUICK = 10
_POINTS = {**INGEST, **BUILD}
KINDS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, None)
"""None is a full disk."""
FEED = Feed("online_retail", "uk", "invoice_lines")
Rows = dict[str, list[str]]


def _bronze(lake: Path) -> Rows:
    return essence(opened(lake))


def _published(lake: Path) -> Rows:
    return {**_bronze(lake), **_gold(lake)}


def _gold(lake: Path) -> Rows:
    file = lake / "storelake.duckdb"
    return tables(file) if file.exists() else {}


def _facts(lake: Path) -> Rows:
    """Silver and gold as people see them, but for when what they are made of was pulled."""
    file = lake / "storelake.duckdb"
    return facts(file) if file.exists() else {}


def _everything(lake: Path) -> Rows:
    return {**_bronze(lake), **_facts(lake)}


def _exported(lake: Path) -> Rows:
    files = sorted((lake / "export").rglob("*.parquet"))
    with duckdb.connect() as database:
        return {
            file.stem: sorted(map(repr, database.execute(f"select * from read_parquet('{file}')").fetchall()))
            for file in files
        }


def _open(lake: Path) -> Rows:
    """What waits in quarantine, and bronze: a replay that is run again may refuse the same record again."""
    found = opened(lake)
    refused = Quarantine(found.environment).open_records(FEED)
    held = {name: rows for name, rows in _bronze(lake).items() if name not in ("pulls", "items", "quarantine")}
    return {"refused": sorted(record["document"] for record in refused), **held}


@dataclass(frozen=True)
class Command:
    """A command, what a lake must be like before it, and what is looked at afterwards.

    `shown` is what people see of it at any time: it is as before or as afterwards, never anything between.
    """

    name: str
    arguments: tuple[str, ...]
    before: str
    looks_at: Callable[[Path], Rows] = _bronze
    shown: Callable[[Path], Rows] = lambda lake: {}
    is_quick: bool = False


COMMANDS = (
    Command("ingest", tuple(Files().arguments), "dropped", is_quick=True),
    Command("maintain", tuple(Upkeep().arguments), "landed", is_quick=True),
    Command("repair", ("repair",), "damaged", is_quick=True),
    Command("replay", ("replay",), "landed", _open, is_quick=True),
    Command("check", ("check",), "landed"),
    Command("status", ("status", "--json"), "landed"),
    Command("build", ("build",), "landed and built", _published, _gold),
    Command("run", ("run",), "dropped and built", _everything, _facts),
    Command("publish", ("publish",), "built twice", _gold, _gold),
    Command("rollback", ("publish", "--rollback", "--to", "1"), "built twice", _gold, _gold),
    Command("export", ("export",), "built twice", _exported),
    Command("explain", ("explain", "1"), "built twice", _gold, _gold),
)


@dataclass
class Ground:
    """A command, the lake before it, and what the undisturbed command shows and makes."""

    command: Command
    before: Path
    shown: Rows
    afterwards: Rows
    passed: Mapping[str, int]
    seconds: float
    code: int
    arguments: tuple[str, ...]


@pytest.fixture(scope="module")
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether there is time for commands that need dbt."""
    return int(request.config.getoption("--signals")) > _QUICK


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the lakes of these tests lie."""
    return tmp_path_factory.mktemp("signals")


@pytest.fixture(scope="module")
def lake(place: Path) -> Path:
    """Where all of it happens: dbt has read the project for this lake."""
    return place / "a lake, ü & co (1)"


@pytest.fixture(scope="module")
def start(place: Path, lake: Path, is_long: bool) -> Iterator[Launcher]:
    """Starts the command line."""
    with launcher(place / "launcher", lake if is_long else None) as found:
        yield found


@pytest.fixture(scope="module")
def grounds(place: Path, lake: Path, start: Launcher, is_long: bool) -> list[Ground]:
    """Each command on the lake that it needs, run once undisturbed."""
    lakes = _lakes(place, lake, start, is_long)
    return [_ground(command, lakes[command.before], lake, start) for command in COMMANDS if is_long or command.is_quick]


def _lakes(place: Path, lake: Path, start: Launcher, is_long: bool) -> dict[str, Path]:
    """The lakes that commands begin with, by their names."""
    files = Files()
    found: dict[str, Path] = {}

    def keep(name: str) -> None:
        found[name] = Path(shutil.copytree(lake, place / name))

    def run(*arguments: str) -> None:
        done = start.run(lake, *arguments)
        assert done.code == 0, done.output

    files.phase(0, lake)
    run(*files.arguments)
    if is_long:
        run("build")
        keep("before all")
    files.phase(1, lake)
    keep("dropped and built" if is_long else "dropped")
    run(*files.arguments)
    keep("landed and built" if is_long else "landed")
    if is_long:
        run("build")
        keep("built twice")
        found["dropped"], found["landed"] = found["dropped and built"], found["landed and built"]
        _reset(lake, found["landed"])
    (entry,) = lake.glob("ledger/pulls/_delta_log/*00001.json")
    entry.write_text("")
    keep("damaged")
    return found


def _ground(command: Command, before: Path, lake: Path, start: Launcher) -> Ground:
    _reset(lake, before)
    arguments = _arguments(command, lake)
    shown = command.shown(lake)
    done = start.run(lake, *arguments, count="all")
    assert (done.code, done.hangs, done.left) == (0, False, False), done.output
    return Ground(command, before, shown, command.looks_at(lake), done.passed, done.seconds, done.code, arguments)


def _arguments(command: Command, lake: Path) -> tuple[str, ...]:
    return (*command.arguments, "--to", str(lake / "export")) if command.name == "export" else command.arguments


def _reset(lake: Path, before: Path) -> None:
    shutil.rmtree(lake, ignore_errors=True)
    # Kept files share their inodes with what is published, and must go on to.
    shutil.copytree(before, lake, symlinks=True)


def plan(ground: Ground, kind: signal.Signals | None, chance: random.Random) -> Kill | dict[str, Any] | None:
    """A signal at a point or at any time, or a full disk behind a call; None where the command passes no point."""
    stages = [stage for stage, points in _POINTS.items() if any(ground.passed.get(point) for point in points)]
    if kind is not None and (not stages or chance.random() < 0.3):
        return {"moment": "any", "delay": chance.uniform(0, 0.7 * ground.seconds), "signal": int(kind)}
    if not stages:
        return None
    stage = chance.choice(stages)
    point = chance.choice([point for point in _POINTS[stage] if ground.passed.get(point)])
    nth = chance.randint(1, ground.passed[point])
    if kind is None:
        return Kill(stage, point, nth, "fails")
    moment: Moment = chance.choice(["before", "within", "within", "after"])
    delay = 10 ** chance.uniform(-5.0, -1.5) if moment == "within" else 0.0
    return Kill(stage, point, nth, moment, delay, int(kind))


def test_disturbed_commands_end_as_if_nothing_had_happened(
    grounds: list[Ground], start: Launcher, lake: Path, request: pytest.FixtureRequest
) -> None:
    """Protects lake, gold and patience: whichever signal meets whichever command, it ends, takes its processes with it,
    tears nothing that people see, and the same command then makes what it would have made."""
    signals = request.config.getoption("--signals")
    seed = request.config.getoption("--seed")
    seed = secrets.randbelow(10**6) if seed is None else seed
    only = request.config.getoption("--only")
    print(f"\nseed {seed}")
    everywhere = [(ground, kind) for ground in grounds for kind in KINDS]
    random.Random(seed).shuffle(everywhere)
    met: Counter[str] = Counter()
    failures: list[int] = []
    number = 0
    while met.total() < signals and number < 3 * signals:
        number = number if only is None else only
        ground, kind = everywhere[number % len(everywhere)]
        try:
            said = _once(ground, kind, random.Random(f"{seed} {number}"), start, lake, met)
        except AssertionError as error:
            said = f"FAILED: {error}"
            failures.append(number)
        print(f"{number}: {said}", flush=True)
        if only is not None:
            break
        number += 1
    print(f"{met.total()} signals and failures: {dict(sorted(met.items()))}")
    assert failures == [], "repeat one of them with --seed and --only"
    assert met.total() >= signals or only is not None


def _once(
    ground: Ground, kind: signal.Signals | None, chance: random.Random, start: Launcher, lake: Path, met: Counter[str]
) -> str:
    _reset(lake, ground.before)
    kill = plan(ground, kind, chance)
    about = f"storelake {' '.join(ground.command.arguments)}; {kill}"
    if kill is None:
        return f"{about} (nothing to fail)"
    ended = start.run(lake, *ground.arguments, kill=kill)
    said = f"{about}\nexit code {ended.code}\n{ended.output}"
    assert not ended.hangs, f"it hangs: {said}"
    assert not ended.left, f"it leaves processes: {said}"
    if kind in (signal.SIGINT, None):
        assert ended.code in (0, 1, 2, 130), said
    else:
        assert ended.code in (0, -int(kind)), said
    assert "Traceback" not in ended.output, said
    # A failure that a command gets over was met all the same; a signal may come when all is done.
    is_met = ended.code != ground.code or (isinstance(kill, Kill) and kill.moment == "fails")
    if is_met:
        met[f"{ground.command.name} {kind.name if kind else 'full disk'}"] += 1
    about += f": exit code {ended.code}{'' if is_met else ' (missed)'}"
    shown = ground.command.shown(lake)
    # A run builds what has landed, though a feed of it failed.
    if shown not in (ground.shown, {}) and "failed online_retail" not in ended.output:
        seen = {name: rows for name, rows in ground.afterwards.items() if name in shown}
        assert differences(seen, shown) == "", f"{said}\na torn file is shown"
    if chance.random() < 0.2 and ground.command.before != "built twice":
        shutil.rmtree(lake / "work", ignore_errors=True)
        about += ", work lost"
    ended = start.run(lake, *ground.arguments)
    assert (ended.code, ended.hangs, ended.left) == (0, False, False), f"{about}\n{ended.output}"
    found = opened(lake)
    try:
        found.check()
    except AssertionError as error:
        raise AssertionError(about) from error
    assert list(check.check(found.environment)) == [], about
    assert differences(ground.afterwards, ground.command.looks_at(lake)) == "", about
    return about


@pytest.mark.parametrize("point", ["ingestion.lake.raw:archive", "ingestion.load.landing:_Comparison.compare"])
def test_ctrl_c_ends_a_run_that_waits(lake: Path, start: Launcher, point: str) -> None:
    """Protects patience: Python waits for its threads at the end, and one that reads a slow server may take hours."""
    shutil.rmtree(lake, ignore_errors=True)
    files = Files()
    files.phase(0, lake)
    kill = Kill("any", point, 1, "stuck", 0.1, signal.SIGINT)
    ended = start.run(lake, *files.arguments, kill=kill)
    assert (ended.code, ended.hangs, ended.left) == (130, False, False), ended.output
    assert "the next run settles it" in ended.output
    ended = start.run(lake, *files.arguments)
    assert ended.code == 0, ended.output
    found = opened(lake)
    found.check()
    assert len(found.bronze()) == 39 + 30


def test_what_comes_after_an_interruption_lands_beside_it(lake: Path, start: Launcher) -> None:
    """Protects what an interrupted run has committed: the next one completes it, and lands new files beside it."""
    shutil.rmtree(lake, ignore_errors=True)
    files = Files()
    files.phase(0, lake)
    stop = Kill(
        "inside the Delta commit", "deltalake:DeltaTable.create_write_transaction", 1, "after", 0.0, signal.SIGINT
    )
    assert start.run(lake, *files.arguments, kill=stop).code in (1, 130)
    extra = lake / "drop" / "online_retail" / "uk" / "9.csv"
    extra.write_text(table(*(line(900 + n, at="2010-12-09 10:00:00") for n in range(7))))
    ended = start.run(lake, *files.arguments)
    assert ended.code == 0, ended.output
    found = opened(lake)
    found.check()
    assert len(found.bronze()) == 39 + 30 + 7
