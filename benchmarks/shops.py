"""Bronze of the sandbox's shops as it was at three moments of one history, and again with the same number of news."""

import os
import shutil
import sys
from pathlib import Path

import httpx

from benchmarks.data import DAILY_RATES, RATES, drop
from benchmarks.measure import run
from sandbox.times import END, iso
from sandbox.world import World
from storelake.sandbox import running

HISTORIES = (1, 4, 16)
"""Times history, by the number of orders."""

LOOKS = (1, 2, 4, 8, 16)
"""When a pipeline looked: records have versions, and stock has days."""

INCREMENT = 100
"""Which part of all orders is news after a history: the same number of orders each time, new ones and changed ones."""

BEFORE, AFTER = "before", "after"
_SPARE = 1.03
"""Orders that shops have for one that is asked for: some come later."""
_SEED = 7
_SYSTEMS = ("magento", "stock_feed", "ecb_fx")
_STATE = ("bronze", "ledger", "raw")
_COMMAND = str(Path(sys.prefix) / "bin" / "storelake")


def prepare(folder: Path, orders: int, longest: int = max(HISTORIES)) -> Path:
    """Pull so many orders (on 16× history), and all else, into lakes below `folder`, unless they are there.

    `longest` is the history with which it ends.
    """
    done = folder / ".complete"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    lake = folder / "lake"
    drop(lake / "drop" / "ecb_fx" / "ecb", (RATES, DAILY_RATES))
    world = World(_SEED, round(orders * _SPARE))
    placed = sorted(moment for shop in world.installations for moment in shop.writer.times)
    size = ["--seed", str(_SEED), "--orders", str(world.orders), "--sources", str(folder / "sources.toml")]
    with running(size) as ready:

        def pull(until: int, into: Path) -> None:
            httpx.post(f"{ready.url}/_sandbox/clock", json={"now": iso(until)}, timeout=600).raise_for_status()
            run([_COMMAND, "ingest", *_SYSTEMS], ready.variables | {"STORELAKE_LAKE": str(into)})

        for times in LOOKS:
            if times > longest:
                break
            moment = placed[orders * times // max(HISTORIES) - 1]
            pull(moment, lake)
            if times in HISTORIES:
                kept = folder / str(times)
                link(lake, kept / BEFORE)
                link(lake, kept / AFTER)
                pull(_with_news(world, moment, orders // INCREMENT), kept / AFTER)
    shutil.rmtree(lake)
    done.touch()
    return folder


def _with_news(world: World, moment: int, orders: int) -> int:
    """When so many orders have been placed or changed since a moment."""
    news = []
    for shop in world.installations:
        for number in range(len(shop.writer.times)):
            later = (event.moment for event in shop.writer.order(number).events if event.moment > moment)
            news.append(min(later, default=END))
    return sorted(news)[orders - 1]


def link(lake: Path, other: Path) -> None:
    """Give `other` what a lake holds, without copying it: nothing changes a file that it has written."""
    for room in _STATE:
        shutil.rmtree(other / room, ignore_errors=True)
        if (lake / room).exists():
            shutil.copytree(lake / room, other / room, copy_function=os.link)
