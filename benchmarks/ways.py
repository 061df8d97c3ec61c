"""What is measured: storelake through its command line, and each peer, at the same jobs on the same files."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.data import DAILY_RATES, RATES, Days, drop
from benchmarks.measure import Run, run
from benchmarks.peers import NAMES

PROJECT = Path(__file__).resolve().parent.parent

LANDING, EVERYTHING, NEW_DAY, NOTHING_NEW = JOBS = ("landing", "everything", "one new day", "nothing new")
OURS = "storelake"
WAYS = (OURS, *NAMES)

_COMMAND = Path(sys.prefix) / "bin" / "storelake"


@dataclass(frozen=True)
class Figure:
    """A job as one way did it. `parts` are seconds that add up to `seconds`."""

    way: str
    job: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    parts: dict[str, float] = field(default_factory=dict)
    totals: dict[str, Any] = field(default_factory=dict)
    measured_at: str = ""


def measure(way: str, jobs: tuple[str, ...], days: Days, room: Path) -> Iterator[Figure]:
    """Do the jobs, each from the state that it begins with, in folders that are gone afterwards."""
    yield from (_Storelake(days, room).jobs(jobs) if way == OURS else _Peer(way, days, room).jobs(jobs))


@dataclass(frozen=True)
class _Storelake:
    days: Days
    room: Path

    def jobs(self, jobs: tuple[str, ...]) -> Iterator[Figure]:
        if LANDING in jobs:
            with Folder(self.room / "lake") as lake:
                self._fill(lake, self.days.files)
                yield _figure(OURS, LANDING, [self._run(lake, "ingest", "online_retail")], {}, {})
        if EVERYTHING in jobs or NOTHING_NEW in jobs:
            with Folder(self.room / "lake") as lake:
                self._fill(lake, self.days.files)
                self._parse(lake)
                everything = self._ingest_and_build(lake, EVERYTHING)
                if EVERYTHING in jobs:
                    yield everything
                if NOTHING_NEW in jobs:
                    yield self._ingest_and_build(lake, NOTHING_NEW)
        if NEW_DAY in jobs:
            with Folder(self.room / "lake") as lake:
                self._fill(lake, self.days.files[:-1])
                self._parse(lake)
                self._ingest_and_build(lake, EVERYTHING)
                drop(lake / "drop" / "online_retail" / "uk", self.days.files[-1:])
                yield self._ingest_and_build(lake, NEW_DAY)

    def _fill(self, lake: Path, files: tuple[Path, ...]) -> None:
        drop(lake / "drop" / "online_retail" / "uk", files)
        drop(lake / "drop" / "ecb_fx" / "ecb", (RATES, DAILY_RATES))

    def _ingest_and_build(self, lake: Path, job: str) -> Figure:
        done = self._run(lake, "run")
        totals = _last(run([sys.executable, "-m", "benchmarks.totals", str(lake / "storelake.duckdb")]).output)
        parts = parts_of(done, totals.pop("landed_at"), self._target / "run_results.json")
        return _figure(OURS, job, [done], parts, totals)

    @property
    def _target(self) -> Path:
        return self.room / "target"

    def _parse(self, lake: Path) -> None:
        """Let dbt parse the project for this lake's place, as `make setup` does for the usual one."""
        folders = ["--project-dir", str(PROJECT / "dbt_project"), "--profiles-dir", str(PROJECT / "profiles")]
        extensions = {"STORELAKE_DUCKDB_EXTENSIONS": str(Path(sys.prefix) / "duckdb_extensions")}
        run([str(_COMMAND.with_name("dbt")), "--quiet", "parse", *folders], self._variables(lake) | extensions)

    def _variables(self, lake: Path) -> dict[str, str]:
        return {
            "STORELAKE_LAKE": str(lake),
            "DBT_TARGET_PATH": str(self._target),
            "DBT_LOG_PATH": str(self.room / "logs"),
        }

    def _run(self, lake: Path, *arguments: str) -> Run:
        return run([str(_COMMAND), *arguments], self._variables(lake))


@dataclass(frozen=True)
class _Peer:
    name: str
    days: Days
    room: Path

    def jobs(self, jobs: tuple[str, ...]) -> Iterator[Figure]:
        if EVERYTHING in jobs:
            with Folder(self.room / self.name) as out:
                drop(out / "drop", self.days.files)
                yield self._build(out, EVERYTHING)
        if NEW_DAY in jobs:
            with Folder(self.room / self.name) as out:
                drop(out / "drop", self.days.files[:-1])
                self._build(out, EVERYTHING)
                drop(out / "drop", self.days.files[-1:])
                yield self._build(out, NEW_DAY)

    def _build(self, out: Path, job: str) -> Figure:
        places = [str(out / "drop"), str(RATES), str(out / "star")]
        done = run([sys.executable, "-m", "benchmarks.peers", self.name, *places])
        return _figure(self.name, job, [done], {}, _last(done.output))


class Folder:
    """A folder that is new at the beginning and gone at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        shutil.rmtree(self._path, ignore_errors=True)
        self._path.mkdir(parents=True)
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _figure(way: str, job: str, runs: list[Run], parts: dict[str, float], totals: dict[str, Any]) -> Figure:
    return Figure(
        way=way,
        job=job,
        seconds=sum(one.seconds for one in runs),
        cpu_seconds=sum(one.cpu_seconds for one in runs),
        peak_mb=max(one.peak_mb for one in runs),
        parts=parts,
        totals=totals,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _last(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


def parts_of(done: Run, landed_at: float, run_results: Path) -> dict[str, float]:
    """Split a run's wall clock by the ledger's last entry and dbt's own account of when each node ran.

    A moment belongs to the models as long as any model or seed runs, so that `tests` is what would be saved
    at least if there were none.
    """
    spans = [
        (kind, _epoch(min(t["started_at"] for t in timing)), _epoch(max(t["completed_at"] for t in timing)))
        for kind, timing in _timings(run_results)
    ]
    if not spans:
        return {"start-up": 0.0, "models": 0.0, "tests": 0.0, "publish": done.seconds}
    first, last = min(begin for _, begin, _ in spans), max(end for _, _, end in spans)
    models = _covered([(begin, end) for kind, begin, end in spans if kind != "test"])
    return {
        "landing": max(landed_at - done.began, 0.0),
        "start-up": first - max(landed_at, done.began),
        "models": models,
        "tests": last - first - models,
        "publish": done.ended - last,
    }


def _timings(run_results: Path) -> Iterator[tuple[str, list[dict[str, str]]]]:
    for result in json.loads(run_results.read_text())["results"]:
        timing = [t for t in result["timing"] if t.get("started_at") and t.get("completed_at")]
        if timing:
            yield result["unique_id"].split(".")[0], timing


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _covered(spans: list[tuple[float, float]]) -> float:
    """Length of the union of intervals."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total
