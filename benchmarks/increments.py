"""`python -m benchmarks.increments`: what an increment scans on Athena, behind a short history and behind longer ones.

In the bucket that the environment names, each history is a lake of its own: so many days of UCI's sales are landed and
built, then one day is new and the day before it loses two lines, and that is landed and built. What models scanned is
told; tests read whole tables by intent.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks import data
from benchmarks.measure import run
from ingestion import environment
from ingestion.environment import PROJECT
from storelake.athena import scan_costs

_COMMAND = Path(sys.executable).with_name("storelake")
_LEAST_MB = 0.5
_MADE = ("resource_type:model", "resource_type:seed")


def main(words: list[str] | None = None) -> int:
    """Print a table in Markdown: megabytes of each model, for each history."""
    parser = argparse.ArgumentParser(prog="benchmarks.increments", description=__doc__)
    parser.add_argument("--days", nargs="+", type=int, default=[20, 80], help="of the histories")
    parser.add_argument("--models", nargs="+", default=_MADE, help="as dbt selects them")
    asked = parser.parse_args(words)
    histories = [increment(count, asked.models) for count in asked.days]
    print("| model | " + " | ".join(f"{count} days, MB" for count in asked.days) + " |")
    print("| --- |" + " --: |" * len(asked.days))
    names = sorted({name for found in histories for name in found}, key=lambda name: -histories[-1].get(name, 0.0))
    for name in names:
        scanned = [found.get(name, 0.0) for found in histories]
        if max(scanned) >= _LEAST_MB:
            print(f"| `{name}` | " + " | ".join(f"{megabytes:.1f}" for megabytes in scanned) + " |")
    print("| all | " + " | ".join(f"{sum(found.values()):.1f}" for found in histories) + " |")
    return 0


def increment(days: int, models: Iterable[str] = _MADE, first: int = 0) -> dict[str, float]:
    """Megabytes that each model scans for one new day behind so many, of which `first` is the first.

    The lake is one of its own, in the bucket that the environment names.
    """
    files = data.prepare(PROJECT / "build" / "benchmarks" / "days-1").files[first : first + days + 1]
    name = f"history{days}x{int(time.time())}"
    with tempfile.TemporaryDirectory() as folder:
        own = {"STORELAKE_FOLDER": folder, "STORELAKE_SCHEMA": name}
        own["STORELAKE_LAKE"] = f"{environment.load(os.environ).root.rstrip('/')}/{name}"
        place = data.drop(Path(folder) / "drop" / "online_retail" / "uk", files[:-1])
        data.drop(Path(folder) / "drop" / "ecb_fx" / "ecb", (data.RATES, data.DAILY_RATES))
        variables = {**os.environ, **own}
        for step in range(2):
            if step:
                lines = files[-2].read_bytes().splitlines(keepends=True)
                (place / "corrected.csv").write_bytes(b"".join([lines[0], *lines[3:]]))
                data.drop(place, files[-1:])
            run([str(_COMMAND), "ingest", "online_retail", "ecb_fx"], variables)
            run([str(_COMMAND), "build", *(word for model in models for word in ("--select", model))], variables)
        found = scan_costs.of_build(environment.load(variables))
    return {cost.node.rsplit(".", 1)[-1]: cost.megabytes for cost in found}


if __name__ == "__main__":
    sys.exit(main())
