"""`python -m benchmarks.pulls`: a shop's API and an XML feed to bronze, beside a plain loop in the same run."""

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
from deltalake import DeltaTable

from benchmarks import report
from benchmarks.data import PROJECT
from benchmarks.measure import run
from benchmarks.ways import Folder
from storelake.sandbox import running

RESULTS = PROJECT / "benchmarks" / "results" / "pulls.json"
ORDERS, ALL_FIELDS, FEED = JOBS = ("orders", "orders, all fields", "feed")
OURS, LOOP = "storelake", "plain loop"
BYTES_AN_ITEM = 200
RATES = {ORDERS: 10_000, ALL_FIELDS: 10_000, FEED: 50_000}
"""Records a second that storelake must reach."""
RATIO = 0.8
"""The part of the plain loop's speed that it must reach with orders."""
MEGABYTES = {ORDERS: 500, ALL_FIELDS: 500, FEED: 300}
HEADINGS = ("job", "way", "records", "seconds", "records/s", "µs CPU each", "peak MB", "of the loop's speed", "holds")
_MARKERS = re.compile(r"(<!-- pulls: begin -->\n).*(<!-- pulls: end -->)", re.DOTALL)
_COMMAND = str(Path(sys.prefix) / "bin" / "storelake")


@dataclass(frozen=True)
class Pull:
    """A job as one way did it; the peak is of all its processes together."""

    job: str
    way: str
    records: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


def measure(job: str, size: int, room: Path) -> Iterator[Pull]:
    """One job, first by the plain loop, then by storelake; both must come to the same number of records."""
    with Folder(room / "pulls") as folder, _fed(folder, size) if job == FEED else _shops(job, folder, size) as said:
        out = folder / "loop.parquet"
        loop = run(
            [sys.executable, "-m", "benchmarks.loops", "feed" if job == FEED else "orders", str(out)],
            said,
            with_children=True,
        )
        expected = pq.read_metadata(out).num_rows
        yield Pull(job, LOOP, expected, loop.seconds, loop.cpu_seconds, loop.peak_mb)
        what = ["stock_feed"] if job == FEED else ["magento", "--entity", "orders"]
        lake = folder / "lake"
        ours = run([_COMMAND, "ingest", *what], said | {"STORELAKE_LAKE": str(lake)}, with_children=True)
        landed = _rows(lake / "bronze" / ("stock_feed__items" if job == FEED else "magento__orders"))
        if landed != expected:
            raise SystemExit(f"{job}: storelake landed {landed:,} records, and the loop wrote {expected:,}")
        yield Pull(job, OURS, landed, ours.seconds, ours.cpu_seconds, ours.peak_mb)


@contextmanager
def _shops(job: str, folder: Path, orders: int) -> Iterator[dict[str, str]]:
    """The sandbox with its orders rendered ahead; what a pipeline is told of it."""
    lean = ["--lean"] if job == ORDERS else []
    size = ["--orders", str(orders), "--sources", str(folder / "sources.toml")]
    with running([*size, *lean, "--warm", "orders"]) as ready:
        yield ready.variables


@contextmanager
def _fed(folder: Path, megabytes: int) -> Iterator[dict[str, str]]:
    """A feed of plain stock as a file: no server takes part."""
    with running(["--orders", "100"]) as ready, (folder / "feed.xml").open("wb") as file:
        items = megabytes * 1_000_000 // BYTES_AN_ITEM
        with httpx.stream("GET", f"{ready.url}/feeds/central.xml?items={items}", timeout=600) as answer:
            for chunk in answer.iter_bytes():
                file.write(chunk)
    sources = folder / "sources.toml"
    sources.write_text('[stock_feed.central]\nurl = "feed.xml"\n')
    yield {"STORELAKE_SOURCES": str(sources)}


def _rows(table: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in DeltaTable(table).file_uris())


def rows(pulls: list[Pull]) -> list[tuple[str, ...]]:
    """The table, without its headings."""
    loops = {(pull.job, pull.records): pull for pull in pulls if pull.way == LOOP}
    found = []
    for pull in pulls:
        rate = pull.records / pull.seconds
        each = pull.cpu_seconds / pull.records * 1e6
        ratio = holds = ""
        if pull.way == OURS:
            part = loops[pull.job, pull.records].seconds / pull.seconds
            ratio = f"{part:.2f}"
            kept = [rate >= RATES[pull.job], pull.peak_mb < MEGABYTES[pull.job], pull.job == FEED or part >= RATIO]
            holds = "yes" if all(kept) else "no"
        figures = (f"{pull.records:,}", f"{pull.seconds:.1f}", f"{rate:,.0f}", f"{each:.0f}", f"{pull.peak_mb:,.0f}")
        found.append((pull.job, pull.way, *figures, ratio, holds))
    return found


def write_readme(kept: dict[str, Any]) -> None:
    """Render what was kept between the markers of `README.md`."""
    table = [HEADINGS, ("---", "---", *["--:"] * 6, "---"), *rows([Pull(**pull) for pull in kept["pulls"]])]
    text = "\n".join("| " + " | ".join(row) + " |" for row in table)
    report.put(_MARKERS, text, kept)


def main() -> int:
    """Measure, show, and keep."""
    asked = _arguments()
    load = round(os.getloadavg()[0], 2)
    pulls = []
    for job in asked.only or JOBS:
        for size in asked.megabytes if job == FEED else asked.orders:
            for pull in measure(job, size, asked.room):
                pulls.append(pull)
                print(", ".join(filter(None, rows([*pulls])[-1])), flush=True)
    if asked.write:
        kept = report.circumstances(load)
        kept["pulls"] = [asdict(pull) for pull in _together(pulls, kept["machine"])]
        RESULTS.write_text(json.dumps(kept, indent=2) + "\n")
        write_readme(kept)
    return 0


def _together(pulls: list[Pull], machine: dict[str, Any]) -> list[Pull]:
    """Also what an earlier run on this machine measured and this one did not, by job and size."""
    before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known = [Pull(**pull) for pull in before["pulls"]] if before.get("machine") == machine else []
    kept = {(pull.job, pull.records, pull.way): pull for pull in [*known, *pulls]}
    return sorted(kept.values(), key=lambda pull: (JOBS.index(pull.job), pull.records))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pulls", description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=[100_000], help="orders of all shops together")
    parser.add_argument("--megabytes", type=int, nargs="+", default=[100], help="sizes of the feed")
    parser.add_argument("--only", nargs="+", default=[], choices=JOBS, help="these jobs")
    parser.add_argument("--write", action="store_true", help="keep the figures in README.md and results/")
    parser.add_argument("--room", type=Path, default=PROJECT / "build" / "benchmarks", help="folder for data and lakes")
    asked = parser.parse_args()
    asked.room = asked.room.resolve()
    shutil.rmtree(asked.room / "pulls", ignore_errors=True)
    return asked


if __name__ == "__main__":
    sys.exit(main())
