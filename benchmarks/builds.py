"""`python -m benchmarks.builds`: shops' bronze to gold, beside SQL by hand, on 1×, 4× and 16× history; then news."""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from deltalake import DeltaTable

from benchmarks import report
from benchmarks.data import PROJECT
from benchmarks.measure import Run, run
from benchmarks.shops import AFTER, BEFORE, HISTORIES, link, prepare
from benchmarks.ways import Folder, parts_of

RESULTS = PROJECT / "benchmarks" / "results" / "builds.json"
ALL, INCREMENT = JOBS = ("all", "increment")
OURS, BY_HAND = "storelake", "SQL by hand"
RATIO = 3.0
"""How many times as long as SQL by hand the build of all history may take."""
HEADINGS = ("history", "orders", "job", "way", "seconds", "CPU s", "peak MB", "ours ÷ theirs", "limit", "holds")
SHOWN_SECONDS = 0.25
"""Models that took less than that on each history are shown as one."""

_MARKERS = re.compile(r"(<!-- builds: begin -->\n).*(<!-- builds: end -->)", re.DOTALL)
_BIN = Path(sys.prefix) / "bin"


@dataclass(frozen=True)
class Model:
    """What a model took, and how many rows it wrote: of a table all, of an increment those with news."""

    seconds: float
    rows: int
    is_table: bool


@dataclass(frozen=True)
class Build:
    """A job as one way did it, with the orders and versions of orders that were news. The peak is of all processes."""

    job: str
    way: str
    times: int
    orders: int
    versions: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    parts: dict[str, float] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)


def measure(lakes: Path, histories: list[int], room: Path) -> Iterator[Build]:
    """Both jobs on each history, first by storelake, then by hand; both must come to the same gold, cell by cell."""
    with Folder(room / "builds") as place:
        lake, by_hand = place / "lake", place / "by_hand.duckdb"
        for times in histories:
            link(lakes / str(times) / BEFORE, lake)
            if times == histories[0]:
                _parse(place)
            seen = 0
            for job in JOBS:
                if job == INCREMENT:
                    link(lakes / str(times) / AFTER, lake)
                orders, versions, newest = _orders(lake, seen)
                done = run([str(_BIN / "storelake"), "build"], _variables(place), with_children=True)
                results = place / "target" / "run_results.json"
                models = _models(lake / "storelake.duckdb", results, seen)
                parts = parts_of(done, done.began, results)
                yield _build(job, OURS, times, orders, versions, done, parts, models)
                theirs = run([sys.executable, "-m", "benchmarks.peers.shops_sql", str(lake), str(by_hand)])
                if found := differences(lake / "storelake.duckdb", by_hand):
                    raise SystemExit(f"{job}, {times}×: " + "; ".join(found))
                yield _build(job, BY_HAND, times, orders, versions, theirs, {}, {})
                seen = newest
            (lake / "storelake.duckdb").unlink()
            (lake / "work" / "storelake.duckdb").unlink()


def differences(ours: Path, theirs: Path) -> list[str]:
    """How the gold of two databases differs, in words: columns, then rows. Our own columns (`_…`) are left out."""
    found = []
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as db:
        db.execute(f"attach '{ours}' as ours (read_only); attach '{theirs}' as theirs (read_only)")
        tables = db.execute(
            "select table_name, list(column_name) from duckdb_columns() where database_name = 'ours'"
            " and schema_name = 'gold' and not starts_with(column_name, '_') group by all order by all"
        ).fetchall()
        for table, columns in tables:
            held = db.execute(
                "select list(column_name) from duckdb_columns() where database_name = 'theirs' and table_name = ?",
                [table],
            ).fetchall()[0][0]
            if odd := set(columns) ^ set(held or []):
                found.append(f"{table}: only one of them has {', '.join(sorted(odd))}")
                continue
            for side, other in (("ours.gold", "theirs"), ("theirs", "ours.gold")):
                listed = ", ".join(columns)
                query = f"select {listed} from {side}.{table} except all select {listed} from {other}.{table}"
                (rows,) = db.execute(f"select count(*) from ({query})").fetchall()[0]
                if rows:
                    found.append(f"{table}: {rows:,} rows of {side.removesuffix('.gold')} are not the other's")
    return found


def _build(
    job: str,
    way: str,
    times: int,
    orders: int,
    versions: int,
    done: Run,
    parts: dict[str, float],
    models: dict[str, Model],
) -> Build:
    return Build(job, way, times, orders, versions, done.seconds, done.cpu_seconds, done.peak_mb, parts, models)


def _variables(place: Path) -> dict[str, str]:
    return {
        "STORELAKE_LAKE": str(place / "lake"),
        "DBT_TARGET_PATH": str(place / "target"),
        "DBT_LOG_PATH": str(place / "logs"),
        "STORELAKE_DUCKDB_EXTENSIONS": str(Path(sys.prefix) / "duckdb_extensions"),
    }


def _parse(place: Path) -> None:
    """Let dbt parse the project for this lake's place, as `make setup` does for the usual one."""
    folders = ["--project-dir", str(PROJECT / "dbt_project"), "--profiles-dir", str(PROJECT / "profiles")]
    run([str(_BIN / "dbt"), "--quiet", "parse", *folders], _variables(place))


def _orders(lake: Path, seen: int) -> tuple[int, int, int]:
    """How many orders and versions of orders came in pulls above a number, and the ledger's highest."""
    pulls = (
        DeltaTable(str(lake / "ledger" / "pulls"))
        .to_pyarrow_table(columns=["pull_id", "sequence", "status"])
        .to_pylist()
    )
    new = {pull["pull_id"] for pull in pulls if pull["status"] == "completed" and pull["sequence"] > seen}
    versions = []
    for path in DeltaTable(str(lake / "bronze" / "magento__orders")).file_uris():
        rows = pq.ParquetFile(path).read(["_pull_id", "_record_key"]).to_pylist()
        versions += [row["_record_key"] for row in rows if row["_pull_id"] in new]
    return len(set(versions)), len(versions), max(pull["sequence"] or 0 for pull in pulls)


def _models(database: Path, run_results: Path, seen: int) -> dict[str, Model]:
    found = {}
    with duckdb.connect(str(database), read_only=True) as db:
        told = "select table_name from duckdb_columns() where column_name = '_sequence'"
        with_sequence = {table for (table,) in db.execute(told).fetchall()}
        manifest = json.loads((run_results.parent / "manifest.json").read_text())["nodes"]
        for result in json.loads(run_results.read_text())["results"]:
            node = manifest.get(result["unique_id"], {})
            kind = node.get("config", {}).get("materialized")
            if node.get("resource_type") == "model" and kind in ("table", "incremental"):
                name = node["name"]
                news = f" where _sequence > {seen}" if kind == "incremental" and name in with_sequence else ""
                (rows,) = db.execute(f"select count(*) from {node['schema']}.{name}{news}").fetchall()[0]
                found[name] = Model(result["execution_time"], rows, kind == "table")
    return found


def rows(builds: list[Build]) -> list[tuple[str, ...]]:
    """The table of both ways, without its headings."""
    theirs = {(build.job, build.times): build for build in builds if build.way == BY_HAND}
    found: list[tuple[str, ...]] = []
    for build in builds:
        ratio = limit = holds = ""
        if build.way == OURS and (other := theirs.get((build.job, build.times))):
            times = build.seconds / other.seconds
            ratio = f"{times:.1f}"
            if build.job == ALL and build.times == max(HISTORIES):
                limit, holds = f"{RATIO:.0f} ×", "yes" if times <= RATIO else "no"
        figures = (f"{build.seconds:.1f}", f"{build.cpu_seconds:.1f}", f"{build.peak_mb:,.0f}")
        found.append((f"{build.times}×", f"{build.orders:,}", build.job, build.way, *figures, ratio, limit, holds))
        found += [
            ("", "", "", f"· {part}", f"{took:.1f}", *[""] * 5)
            for part, took in build.parts.items()
            if part != "landing"
        ]
    return found


def models(builds: list[Build]) -> list[tuple[str, ...]]:
    """Models as they took the increment on each history: rows that they wrote, and seconds; with headings."""
    taken = {build.times: build.models for build in builds if build.way == OURS and build.job == INCREMENT}
    if not taken:
        return []
    names = sorted(
        {name for of in taken.values() for name in of},
        key=lambda name: -max(of[name].seconds for of in taken.values() if name in of),
    )
    shown = [name for name in names if any(of[name].seconds >= SHOWN_SECONDS for of in taken.values() if name in of)]
    rest = [name for name in names if name not in shown]
    histories = sorted(taken)
    found = [("model", "kind", *(f"rows, {n}×" for n in histories), *(f"s, {n}×" for n in histories))]
    for name in shown:
        kind = "table" if taken[histories[-1]][name].is_table else "incremental"
        found.append(
            (
                f"`{name}`",
                kind,
                *(f"{taken[n][name].rows:,}" for n in histories),
                *(f"{taken[n][name].seconds:.2f}" for n in histories),
            )
        )
    found.append(
        (
            f"{len(rest)} others",
            "",
            *("" for _ in histories),
            *(f"{sum(taken[n][name].seconds for name in rest):.2f}" for n in histories),
        )
    )
    return found


def write_readme(kept: dict[str, Any]) -> None:
    """Render what was kept between the markers of `README.md`."""
    builds = [_loaded(build) for build in kept["builds"]]
    tables = [[HEADINGS, ("--:", "--:", "---", "---", *["--:"] * 4, "---", "---"), *rows(builds)]]
    if by_model := models(builds):
        tables.append([by_model[0], ("---", "---", *["--:"] * (len(by_model[0]) - 2)), *by_model[1:]])
    text = "\n\n".join("\n".join("| " + " | ".join(row) + " |" for row in table) for table in tables)
    report.put(_MARKERS, text, kept)


def _loaded(build: dict[str, Any]) -> Build:
    return Build(**{**build, "models": {name: Model(**model) for name, model in build["models"].items()}})


def main() -> int:
    """Measure, show, and keep; an exit code other than 0 where both ways do not come to the same gold."""
    asked = _arguments()
    load = round(os.getloadavg()[0], 2)
    lakes = prepare(asked.room / f"shops-{asked.orders}", asked.orders)
    builds: list[Build] = []
    for build in measure(lakes, asked.histories, asked.room):
        builds.append(build)
        print(
            f"{build.times}×, {build.job}, {build.way}: {build.seconds:.1f} s, {build.cpu_seconds:.1f} CPU s",
            flush=True,
        )
    for table in (rows(builds), models(builds)):
        print(*("  ".join(row) for row in table), sep="\n")
    out = RESULTS if asked.write else asked.room / "results" / RESULTS.name
    kept = report.circumstances(load) | {
        "orders": asked.orders,
        "builds": [asdict(build) for build in sorted([*builds, *_earlier(out, asked)], key=lambda build: build.times)],
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(kept, indent=2) + "\n")
    if asked.write:
        write_readme(kept)
    return 0


def _earlier(path: Path, asked: argparse.Namespace) -> list[Build]:
    """What was measured before, with as many orders, on histories that were not measured now."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    if kept.get("orders") != asked.orders or kept.get("machine") != report.machine():
        return []
    return [build for build in map(_loaded, kept["builds"]) if build.times not in asked.histories]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.builds", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000, help="orders of all shops together, on 16× history")
    parser.add_argument("--histories", type=int, nargs="+", default=HISTORIES, choices=HISTORIES, help="these only")
    parser.add_argument("--write", action="store_true", help="keep the figures in README.md and results/")
    parser.add_argument("--room", type=Path, default=PROJECT / "build" / "benchmarks", help="folder for data and lakes")
    asked = parser.parse_args()
    asked.room = asked.room.resolve()
    return asked


if __name__ == "__main__":
    sys.exit(main())
