"""One world: the four installations and the central warehouse, out of a seed and a number of orders."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sandbox.catalog import Catalog, catalog
from sandbox.orders import Writer
from sandbox.people import People, people
from sandbox.rates import rates
from sandbox.shops import SHARES, SHOPS, Shop
from sandbox.stock import Stock, stock
from sandbox.times import DAY, END, START


@dataclass(frozen=True)
class Installation:
    """A shop with everything in it."""

    shop: Shop
    catalog: Catalog
    people: People
    writer: Writer

    @property
    def orders(self) -> int:
        """How many orders it has."""
        return len(self.writer.times)


class World:
    """All of it. Little is kept: orders are drawn when they are asked for."""

    def __init__(self, seed: int, orders: int) -> None:
        """The same world for the same two numbers."""
        if not 10 <= orders <= 1_000_000:
            raise ValueError(f"A world has from 10 to 1,000,000 orders, not {orders}.")
        self.seed, self.orders = seed, orders
        self.installations = [self._installation(shop) for shop in SHOPS]

    def _installation(self, shop: Shop) -> Installation:
        found, persons = catalog(self.seed, shop, self.orders), people(self.seed, shop, self._count(shop))
        times = _times(self.seed, shop, self._count(shop))
        return Installation(
            shop, found, persons, Writer(self.seed, shop, found, persons, rates(self.seed, shop), times)
        )

    def _count(self, shop: Shop) -> int:
        if shop.number == len(SHOPS) - 1:
            return self.orders - sum(self.orders * share // 100 for share in SHARES[:-1])
        return self.orders * SHARES[shop.number] // 100

    @cached_property
    def stock(self) -> Stock:
        """What lies where, and when."""
        skus = [product.sku for product in self.installations[0].catalog.stocked]
        return stock(self.seed, skus)


def _times(seed: int, shop: Shop, count: int) -> list[int]:
    """When orders are placed: more and more by the month, by day rather than by night, a fiftieth all in one second."""
    generator = np.random.Generator(np.random.PCG64([seed, shop.number, 1]))
    days = (END + 1 - START) // DAY
    day = np.floor(days * generator.random(count) ** 0.8).astype(np.int64)
    second = np.clip(generator.normal(15 * 3600, 4 * 3600, count), 0, DAY - 1).astype(np.int64)
    times = np.sort(START + day * DAY + second)
    burst = max(2, count // 50)
    first = count // 2
    times[first : first + burst] = times[first]
    return [int(time) for time in times]
