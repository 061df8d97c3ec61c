"""The exchange rates that an installation imported each night: near the ECB's, and not the same."""

import csv
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.draw import RATES, chance
from sandbox.shops import GLOBAL_CURRENCY, Shop
from sandbox.times import DAY, END, SETUP, seconds

HISTORY = Path(__file__).resolve().parents[1] / "data" / "ecb_fx" / "eurofxref-hist.zip"
SCALE = 10_000
"""Magento keeps four decimals of a rate."""
_FIRST = SETUP // DAY


@cache
def _ecb() -> list[dict[str, float]]:
    """Per day since SETUP the newest rates that were quoted before it."""
    quoted: dict[int, dict[str, float]] = {}
    with zipfile.ZipFile(HISTORY) as archive, archive.open(archive.namelist()[0]) as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8")):
            day = seconds(row["Date"]) // DAY
            quoted[day] = {code: float(row[code]) for code in ("GBP", "PLN", "USD")} | {"EUR": 1.0}
            if day < _FIRST - 10:
                break
    found, last = [], quoted[max(day for day in quoted if day < _FIRST)]
    for day in range(_FIRST, END // DAY + 2):
        found.append(last)
        last = quoted.get(day, last)
    return found


@dataclass(frozen=True)
class Rates:
    """Rates by day, in ten thousandths: from base to order currency, and from base to global currency."""

    to_order: list[int]
    to_global: list[int]

    def at(self, moment: int) -> tuple[int, int]:
        """(to order, to global) of the day of `moment`."""
        day = moment // DAY - _FIRST
        return self.to_order[day], self.to_global[day]


def rates(seed: int, shop: Shop) -> Rates:
    """The rates of an installation: up to 0.15 % off the ECB's, exactly 1 where the currencies are the same."""
    random = chance(seed, RATES, shop.number).random

    def crossed(of: str, to: str) -> list[int]:
        if of == to:
            return [SCALE] * len(_ecb())
        return [round(quote[to] / quote[of] * (1 + (random() - 0.5) * 0.003) * SCALE) for quote in _ecb()]

    return Rates(crossed(shop.base_currency, shop.order_currency), crossed(shop.base_currency, GLOBAL_CURRENCY))
