"""`python -m benchmarks`: storelake and four other ways at the same work, side by side, each in fresh processes."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from benchmarks import data, report
from benchmarks.measure import CommandFailed
from benchmarks.ways import JOBS, WAYS, Figure, measure

# A pipe has no width of its own, and the table must not wrap there.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


def main() -> int:
    """Measure, show, and keep; the exit code is 1 where ways do not agree or one of them fails."""
    asked = _arguments()
    ways = tuple(way for way in WAYS if way in asked.only) or WAYS
    jobs = tuple(job for job in JOBS if job in asked.only) or JOBS
    load = os.getloadavg()[0]
    if load > 0.5:
        console.print(f"[yellow]Others are at work here (load {load:.1f}): these figures will be too high.[/]")
    days = data.prepare(asked.room / f"days-{asked.scale}", asked.scale)
    runs: dict[tuple[str, str], list[Figure]] = {}
    failures = []
    for repeat in range(asked.repeat):
        for way in ways:
            console.print(f"[dim]{way}" + (f", {repeat + 1} of {asked.repeat}" if asked.repeat > 1 else "") + " …[/]")
            try:
                for figure in measure(way, jobs, days, asked.room):
                    runs.setdefault((way, figure.job), []).append(figure)
                    console.print(f"  {figure.job}: {figure.seconds:.1f} s, {figure.peak_mb:,.0f} MB")
            except CommandFailed as failed:
                failures.append(f"{way}: {failed}")
    figures = [_middle(several) for several in runs.values()]
    report.show(console, figures, asked.scale)
    report.save(asked.room / "results", asked.scale, figures, load)
    failures += report.disagreements(figures, days)
    for failure in failures:
        console.print(failure, style="red", markup=False)
    if asked.write and not failures:
        report.save(report.RESULTS, asked.scale, figures, load)
        report.write_readme()
        console.print(f"Written: {report.README}")
    return 1 if failures else 0


def _middle(figures: list[Figure]) -> Figure:
    """The run of middle length, with the most memory that any run took."""
    middle = sorted(figures, key=lambda figure: figure.seconds)[len(figures) // 2]
    return replace(middle, peak_mb=max(figure.peak_mb for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="copies of each line (1 and 10 have limits)")
    parser.add_argument("--only", nargs="+", default=[], choices=[*WAYS, *JOBS], help="these ways, these jobs")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each; the middle one counts")
    parser.add_argument("--write", action="store_true", help="keep the figures in README.md and results/")
    parser.add_argument(
        "--room", type=Path, default=data.PROJECT / "build" / "benchmarks", help="folder for data and lakes"
    )
    asked = parser.parse_args()
    asked.room = asked.room.resolve()
    return asked


if __name__ == "__main__":
    sys.exit(main())
