"""What came out: a table in the terminal, the figures as JSON, and the tables in `README.md`."""

import importlib.metadata
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.data import LINES, NET, PROJECT, Days
from benchmarks.ways import EVERYTHING, JOBS, LANDING, NEW_DAY, NOTHING_NEW, OURS, WAYS, Figure

RESULTS = PROJECT / "benchmarks" / "results"
README = PROJECT / "benchmarks" / "README.md"
HEADINGS = ("job", "way", "seconds", "CPU s", "peak MB", "ours ÷ theirs", "limit", "holds")

SECONDS = {
    (LANDING, 1): 6,
    (LANDING, 10): 40,
    (EVERYTHING, 1): 15,
    (EVERYTHING, 10): 60,
    (NEW_DAY, 1): 10,
    (NEW_DAY, 10): 10,
    (NOTHING_NEW, 1): 20,
}
"""What storelake may take, by job and scale."""

MEGABYTES = {LANDING: 500}
WITHOUT_TESTS = {(NEW_DAY, 10)}
"""Where tests over whole tables are shown apart: they read ten million lines for one new day."""

_PACKAGES = ("duckdb", "deltalake", "dlt", "dbt-core", "dbt-duckdb", "pyarrow", "polars", "pandas")
_MARKERS = re.compile(r"(<!-- figures: begin -->\n).*(<!-- figures: end -->)", re.DOTALL)


def rows(figures: Sequence[Figure], scale: int) -> list[tuple[str, ...]]:
    """The table, without its headings."""
    found: list[tuple[str, ...]] = []
    ours = {figure.job: figure for figure in figures if figure.way == OURS}
    for figure in sorted(figures, key=lambda f: (JOBS.index(f.job), WAYS.index(f.way))):
        if figure.way == OURS:
            ratio, (limit, holds) = "", _limit(figure, scale)
        else:
            ratio = f"{ours[figure.job].seconds / figure.seconds:.1f}" if figure.job in ours else ""
            limit = holds = ""
        seconds, cpu, peak = f"{figure.seconds:.1f}", f"{figure.cpu_seconds:.1f}", f"{figure.peak_mb:,.0f}"
        found.append((figure.job, figure.way, seconds, cpu, peak, ratio, limit, holds))
        found += [("", f"· {part}", f"{took:.1f}", *[""] * 5) for part, took in figure.parts.items()]
    return found


def show(console: Console, figures: Sequence[Figure], scale: int) -> None:
    """Print the table."""
    table = Table(box=box.SIMPLE_HEAD, title=_title(scale), title_justify="left")
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if 2 <= number <= 5 else "left", no_wrap=True)
    for row in rows(figures, scale):
        is_part = row[1].startswith("·")
        style = "dim" if is_part else "red" if row[-1] == "no" else "bold" if row[1] == OURS else ""
        table.add_row(*row, style=style)
    console.print(table)


def disagreements(figures: Iterable[Figure], days: Days) -> list[str]:
    """Totals in which a way differs from the others, or from what UCI's lines add up to, in words."""
    found = []
    expected: dict[str, tuple[str, Any]] = {}
    for figure in figures:
        totals = dict(figure.totals)
        if totals and days.is_all:
            lines = totals["order_lines"] + totals["return_lines"]
            if (lines, round(totals["net"], 3)) != (LINES * days.copies, round(NET * days.copies, 3)):
                found.append(f"{figure.way}, {figure.job}: {lines:,} lines, net {totals['net']:,.3f}")
        for name, value in totals.items():
            value = round(value, 3) if isinstance(value, float) else value
            other, theirs = expected.setdefault(name, (figure.way, value))
            if value != theirs:
                found.append(f"{figure.way}, {figure.job}: {name} is {value:,}, but {theirs:,} for {other}")
    return found


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "processor": _first(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo")) or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(_first(r"MemTotal:\s*(\d+)", Path("/proc/meminfo")) or 0) / 1024**2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def circumstances(load_before: float) -> dict[str, Any]:
    """When, of what and on which machine figures are."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "load_before": round(load_before, 2),
        "machine": machine(),
    }


def put(markers: re.Pattern[str], text: str, kept: Mapping[str, Any]) -> None:
    """Put tables and when they were measured between two markers of `README.md`, which the pattern tells apart."""
    about = f"{kept['measured_at'][:10]}, commit {kept['commit']}, load before {kept['load_before']}"
    page = README.read_text()
    README.write_text(markers.sub(lambda found: f"{found[1]}\n{text}\n\n{about}.\n\n{found[2]}", page))


def save(folder: Path, scale: int, figures: Sequence[Figure], load_before: float) -> None:
    """Keep figures as JSON; those of an earlier run on the same machine stay where they were not measured again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"scale-{scale}.json"
    about = circumstances(load_before)
    is_known = path.exists() and _machine_of(path) == about["machine"]
    kept = {(f.way, f.job): f for f in load(folder, scale)} if is_known else {}
    kept |= {(figure.way, figure.job): figure for figure in figures}
    text = {
        "scale": scale,
        **about,
        "figures": [_rounded(asdict(figure)) for figure in kept.values()],
    }
    path.write_text(json.dumps(text, indent=2) + "\n")


def load(folder: Path, scale: int) -> list[Figure]:
    """The figures that were kept."""
    path = folder / f"scale-{scale}.json"
    return [Figure(**figure) for figure in json.loads(path.read_text())["figures"]] if path.exists() else []


def write_readme() -> None:
    """Render all kept results between the markers of `README.md`."""
    sections = []
    for path in sorted(RESULTS.glob("scale-*.json"), key=lambda p: int(p.stem.split("-")[1])):
        kept = json.loads(path.read_text())
        scale, about = kept["scale"], dict(kept["machine"])
        versions = ", ".join(f"{name} {about[name]}" for name in _PACKAGES)
        table = [HEADINGS, ("---", "---", *["--:"] * 4, "---", "---"), *rows(load(RESULTS, scale), scale)]
        sections += [
            f"### {_title(scale)}\n",
            "\n".join("| " + " | ".join(row) + " |" for row in table),
            f"\n{kept['measured_at'][:10]}, commit {kept['commit']}: {about['cores']} cores ({about['processor']}), "
            f"{about['memory_gb']} GB, {about['system']}, load before {kept['load_before']}; "
            f"Python {about['python']}, {versions}.\n",
        ]
    text = README.read_text()
    README.write_text(_MARKERS.sub(lambda found: found[1] + "\n".join(["", *sections, ""]) + found[2], text))


def _limit(figure: Figure, scale: int) -> tuple[str, str]:
    key = (figure.job, scale)
    limits, holds = [], []
    if key in SECONDS:
        apart = key in WITHOUT_TESTS
        took = figure.seconds - (figure.parts.get("tests", 0.0) if apart else 0.0)
        limits.append(f"{SECONDS[key]} s" + (" without tests" if apart else ""))
        holds.append(took < SECONDS[key])
    if figure.job in MEGABYTES:
        limits.append(f"{MEGABYTES[figure.job]} MB")
        holds.append(figure.peak_mb < MEGABYTES[figure.job])
    return ", ".join(limits), ("yes" if all(holds) else "no") if holds else ""


def _title(scale: int) -> str:
    return f"{LINES * scale:,} lines" + (f" ({scale} copies of each)" if scale > 1 else "")


def _machine_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["machine"]
    return found


def _first(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text()) if path.exists() else None
    return found[1].strip() if found else ""


def commit() -> str:
    """The short name of what is checked out."""
    said = subprocess.run(
        ["git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value
