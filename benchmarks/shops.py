"""Bronze of the sandbox's shops as it was at three moments of one history, and again some days later."""

import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks.data import DAILY_RATES, RATES, drop
from benchmarks.measure import run
from storelake.sandbox import running

MOMENTS = {
    1: datetime(2025, 2, 4, tzinfo=UTC),
    4: datetime(2025, 4, 29, tzinfo=UTC),
    16: datetime(2026, 3, 31, tzinfo=UTC),
}
"""Times history: until when. Shops sell from 2025-01-06 on, in some months more than in others."""

BETWEEN = (datetime(2025, 3, 4, tzinfo=UTC), datetime(2025, 8, 19, tzinfo=UTC))
"""When a pipeline looked beside these moments: records have versions, and stock has days."""

INCREMENT = timedelta(days=4)
"""What comes then: new orders, and what happens to older ones meanwhile."""

BEFORE, AFTER = "before", "after"
_SOLD_BY_THEN = 449 / 460
_SYSTEMS = ("magento", "stock_feed", "ecb_fx")
_STATE = ("bronze", "ledger", "raw")
_COMMAND = str(Path(sys.prefix) / "bin" / "storelake")


def prepare(folder: Path, orders: int, longest: int = max(MOMENTS)) -> Path:
    """Pull so many orders (on 16× history), and all else, into lakes below `folder`, unless they are there.

    `longest` is the history with which it ends.
    """
    done = folder / ".complete"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    lake = folder / "lake"
    drop(lake / "drop" / "ecb_fx" / "ecb", (RATES, DAILY_RATES))
    size = ["--orders", str(round(orders / _SOLD_BY_THEN)), "--sources", str(folder / "sources.toml")]
    with running(size) as ready:

        def pull(until: datetime, into: Path) -> None:
            clock = {"now": until.strftime("%Y-%m-%dT%H:%M:%SZ")}
            httpx.post(f"{ready.url}/_sandbox/clock", json=clock, timeout=600).raise_for_status()
            run([_COMMAND, "ingest", *_SYSTEMS], ready.variables | {"STORELAKE_LAKE": str(into)})

        times = {moment: name for name, moment in MOMENTS.items()}
        for moment in sorted((*times, *BETWEEN)):
            if moment > MOMENTS[longest]:
                break
            pull(moment, lake)
            if moment in times:
                kept = folder / str(times[moment])
                link(lake, kept / BEFORE)
                link(lake, kept / AFTER)
                pull(moment + INCREMENT, kept / AFTER)
    shutil.rmtree(lake)
    done.touch()
    return folder


def link(lake: Path, other: Path) -> None:
    """Give `other` what a lake holds, without copying it: nothing changes a file that it has written."""
    for room in _STATE:
        shutil.rmtree(other / room, ignore_errors=True)
        if (lake / room).exists():
            shutil.copytree(lake / room, other / room, copy_function=os.link)
