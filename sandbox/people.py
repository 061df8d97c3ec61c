"""Customers: marked names and addresses, so that a log can be searched for them."""

from bisect import bisect_right
from dataclasses import dataclass

from sandbox.draw import CUSTOMERS, chance
from sandbox.shops import Shop
from sandbox.times import DAY, END, SETUP, START

_GUESTS = 5_000_000
_PER_SHOP = 10_000_000
CITIES = ("Altdorf", "Bergen", "Carlow", "Dornach", "Elmira", "Falun", "Granby", "Hollis")


@dataclass(slots=True)
class Customer:
    """A registered customer. A version is (since, group, number of the address)."""

    customer_id: int
    mark: int
    store_id: int
    times: list[int]
    groups: list[int]
    addresses: list[int]


@dataclass(frozen=True)
class People:
    """The customers of an installation, by registration."""

    customers: list[Customer]
    registered: list[int]

    def known_at(self, moment: int) -> int:
        """How many had registered by then."""
        return bisect_right(self.registered, moment)


def guest_mark(shop: Shop, number: int) -> int:
    """The mark of the guest of an order."""
    return shop.number * _PER_SHOP + _GUESTS + number


def people(seed: int, shop: Shop, orders: int) -> People:
    """A third is there from the beginning, imported in one second; the others register as time goes by."""
    random = chance(seed, CUSTOMERS, shop.number).random
    count = max(5, orders // 4)
    times = sorted(
        SETUP + 600 if number % 3 == 0 else START + int(random() * (END - START) * 0.95) for number in range(count)
    )
    found = []
    for number, registered in enumerate(times):
        customer = Customer(
            customer_id=number + 1,
            mark=shop.number * _PER_SHOP + number + 1,
            store_id=shop.views[int(random() * len(shop.views))].store_id,
            times=[registered],
            groups=[1],
            addresses=[1],
        )
        changes = sorted(registered + DAY + int(random() * (END - registered)) for _ in range(int(random() * 2.5)))
        for moment in (change for change in changes if change <= END):
            is_move = random() < 0.6
            customer.times.append(moment)
            customer.groups.append(customer.groups[-1] if is_move else 1 + int(random() * 3))
            customer.addresses.append(customer.addresses[-1] + is_move)
        found.append(customer)
    return People(found, times)
