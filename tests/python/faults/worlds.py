"""What there is to pull, of every kind of source, in two phases: a first pull, and what changes then."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lakes import line, table

_FIRST = 1_700_000_000
_CLOCKS = ("2025-12-01T00:00:00Z", "2026-04-10T00:00:00Z")
_RATES = "Date,USD,GBP,\n2010-12-02,{},0.8452,\n2010-12-01,1.3115,{},\n2010-11-30,1.2998,0.8377,\n"


class World(Protocol):
    """A kind of source: what `storelake ingest` is told, and its two phases."""

    name: str
    arguments: Sequence[str]
    variables: Mapping[str, str]

    def phase(self, number: int, lake: Path) -> None:
        """Let the source be as it is in a phase (0 or 1) for this lake."""


@dataclass
class Files:
    """Days of an online shop: new, corrected (records change and go), with records that nobody can use."""

    name: str = "files"
    arguments: Sequence[str] = ("ingest", "online_retail")
    variables: Mapping[str, str] = field(default_factory=dict)
    many: int = 0
    """More lines in the second phase, enough for two files in bronze."""

    def phase(self, number: int, lake: Path) -> None:
        folder = lake / "drop" / "online_retail" / "uk"
        first, second = "2010-12-01 10:00:00", "2010-12-02 11:00:00"
        days = [
            table(*(line(n, at=first, quantity=n) for n in range(1, 40)), line(40, at=first, quantity="forty")),
            table(*(line(100 + n, at=second) for n in range(30))),
        ]
        if number == 1:
            days += [
                table(*(line(n, at=first, quantity=n + n % 3) for n in range(1, 39))),
                table(*(line(200 + n, at="2010-12-03 09:00:00") for n in range(25 + self.many))),
                table(*(line(100 + n, at=second, price="3.5") for n in range(1, 30)), line(9, at=second, price="x")),
                table(*(line(n, at=first, quantity=2 * n) for n in range(1, 39))),
            ]
        _drop(folder, days, "csv")


@dataclass
class Rates:
    """The history of a bank's rates, then the same with a day corrected and one gone."""

    name: str = "rates"
    arguments: Sequence[str] = ("ingest", "ecb_fx")
    variables: Mapping[str, str] = field(default_factory=dict)

    def phase(self, number: int, lake: Path) -> None:
        history = [_RATES.format("1.3155", "0.8461"), _RATES.format("1.3155", "0.8467"), _RATES.format("N/A", "0.8467")]
        _drop(lake / "drop" / "ecb_fx" / "ecb", history[: 1 + 2 * number], "csv")


@dataclass
class Called:
    """Sources of the sandbox, whose clock moves between the phases."""

    name: str
    arguments: Sequence[str]
    url: str
    variables: Mapping[str, str]

    def phase(self, number: int, lake: Path) -> None:
        body = json.dumps({"now": _CLOCKS[number]}).encode()
        request = urllib.request.Request(
            f"{self.url}/_sandbox/clock", data=body, headers={"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200


@dataclass
class Upkeep:
    """Nothing new, and small files to put together."""

    name: str = "upkeep"
    arguments: Sequence[str] = ("maintain", "--keep-hours", "1")
    variables: Mapping[str, str] = field(default_factory=dict)

    def phase(self, number: int, lake: Path) -> None:
        assert lake.exists()


def _drop(folder: Path, texts: list[str], ending: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        path = folder / f"{number}.{ending}"
        path.write_text(text)
        at = _FIRST + number
        os.utime(path, (at, at))


@contextmanager
def sandbox(folder: Path, orders: int = 40) -> Iterator[dict[str, Called]]:
    """A shop (REST) and feeds (XML) to call."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sandbox", "--orders", str(orders), "--sources", str(folder / "sources.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            url, variables = said["url"], said["variables"]
            yield {
                "shop": Called("shop", ("ingest", "magento", "--source", "de"), url, variables),
                "feeds": Called("feeds", ("ingest", "stock_feed"), url, variables),
            }
        finally:
            process.terminate()
