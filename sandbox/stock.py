"""Stock per location and SKU: steps over time, with gaps where an SKU has left the feed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox.shops import SHOPS
from sandbox.times import DAY, END, SETUP

CENTRAL = "central"
"""The location of the warehouse behind the plain feed."""
GONE = -1
"""In place of a quantity: the SKU is not in the feed."""
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stock:
    """Steps of all pairs of location and SKU, ordered by pair, then time; the first of each is at SETUP.

    A pair's number is the number of its location times the number of SKUs plus that of its SKU.
    """

    skus: list[str]
    locations: list[str]
    pair: Numbers
    since: Numbers
    quantity: Numbers

    def at(self, moment: int) -> Numbers:
        """The quantity of each pair, GONE where it is not in the feed."""
        starts = np.flatnonzero(np.diff(self.pair, prepend=-1))
        counts = np.add.reduceat((self.since <= moment).astype(np.int64), starts)
        if not counts.all():
            return np.full(len(starts), GONE, np.int64)
        found: Numbers = self.quantity[starts + counts - 1]
        return found

    def of(self, location: str, moment: int) -> list[tuple[str, int]]:
        """(SKU, quantity) of what a location's feed holds."""
        first = self.locations.index(location) * len(self.skus)
        found = self.at(moment)[first : first + len(self.skus)]
        return [(sku, int(quantity)) for sku, quantity in zip(self.skus, found, strict=True) if quantity != GONE]


def stock(seed: int, skus: list[str]) -> Stock:
    """Each pair moves some thirty times; a tenth leaves the feed once, half of those for good.

    The first SKU of each location goes 5, 3, 5 from day to day, the whole time. The last one of each leaves for good.
    """
    generator = np.random.Generator(np.random.PCG64([seed, len(skus), 2]))
    locations = [*(place.code for shop in SHOPS for place in shop.locations), CENTRAL]
    pairs = len(locations) * len(skus)
    counts = generator.integers(10, 50, pairs)
    pair = np.repeat(np.arange(pairs), counts)
    since = SETUP + generator.integers(1, (END - SETUP) // 60, len(pair)) * 60
    quantity = np.maximum(0, generator.normal(40, 45, len(pair)).astype(np.int64))
    first = SETUP + np.zeros(pairs, np.int64)
    opening = generator.integers(0, 120, pairs)
    gone = np.flatnonzero(generator.random(pairs) < 0.1)
    left = SETUP + generator.integers(30 * DAY, END - SETUP - 20 * DAY, len(gone))
    back = np.where(generator.random(len(gone)) < 0.5, left + generator.integers(DAY, 60 * DAY, len(gone)), END + 1)

    last = np.arange(len(skus) - 1, pairs, len(skus))
    swinging = np.arange(0, pairs, len(skus))
    gone, left = np.concatenate([gone, last]), np.concatenate([left, np.full(len(last), SETUP + 120 * DAY)])
    back = np.concatenate([back, np.full(len(last), END + 1)])
    keep = ~np.isin(gone, swinging)
    gone, left, back = gone[keep], left[keep], back[keep]
    # The later entry of a pair counts: the last SKU leaves when it must, whatever was drawn for it.
    leaves, returns = np.full(pairs, END + 1), np.full(pairs, END + 1)
    leaves[gone], returns[gone] = left, back

    is_away = (since >= leaves[pair]) & (since < returns[pair])
    moves = ~is_away & ~np.isin(pair, swinging)
    days = np.arange(SETUP // DAY + 1, END // DAY + 1) * DAY
    away, home = np.flatnonzero(leaves <= END), np.flatnonzero(returns <= END)
    all_pairs = np.concatenate([np.arange(pairs), pair[moves], away, home, np.repeat(swinging, len(days))])
    all_since = np.concatenate([first, since[moves], leaves[away], returns[home], np.tile(days, len(swinging))])
    opening[swinging] = 5
    all_quantity = np.concatenate(
        [
            opening,
            quantity[moves],
            np.full(len(away), GONE),
            np.maximum(1, opening[home]),
            np.tile(np.where(np.arange(len(days)) % 2, 5, 3), len(swinging)),
        ]
    )
    order = np.lexsort((all_since, all_pairs))
    return Stock(skus, locations, all_pairs[order], all_since[order], all_quantity[order])
