"""Products, and how their prices and names change."""

from bisect import bisect_right
from dataclasses import dataclass, field

from sandbox.draw import CATALOG, chance
from sandbox.shops import Shop
from sandbox.times import DAY, END, SETUP, START

SIMPLE, CONFIGURABLE, FIXED, DYNAMIC = "simple", "configurable", "fixed", "dynamic"
_THINGS = ("Lantern", "Kettle", "Blanket", "Teapot", "Basket", "Candle", "Mirror", "Clock", "Vase", "Cushion", "Tray")
_LOOKS = ("Oak", "Slate", "Linen", "Copper", "Willow", "Amber", "Cobalt", "Ivory", "Moss", "Plum", "Granite", "Sand")
_COLOURS = ("red", "blue")
_SIZES = ("S", "L")


@dataclass(slots=True)
class Product:
    """A product of an installation. `versions` are (since, price in cents of the base currency, name, image number).

    A version whose number in `silent` is set came without `updated_at` moving, as images do.
    """

    product_id: int
    sku: str
    kind: str
    weight: int
    is_reduced: bool
    created_at: int
    times: list[int]
    prices: list[int]
    names: list[str]
    images: list[int]
    parts: list[tuple["Product", int]] = field(default_factory=list)
    """Children of a configurable product (times 1), or what is in a bundle."""
    is_child: bool = False

    def version_at(self, moment: int) -> int:
        """The number of the version that holds at `moment`."""
        return bisect_right(self.times, moment) - 1

    def updated_at(self, version: int) -> int:
        """A new image does not move it."""
        while version and (self.prices[version], self.names[version]) == (
            self.prices[version - 1],
            self.names[version - 1],
        ):
            version -= 1
        return self.times[version]


@dataclass(frozen=True)
class Catalog:
    """The products of an installation, by kind in the order of their creation."""

    products: list[Product]
    singles: list[Product]
    configurables: list[Product]
    bundles: dict[str, list[Product]]

    @property
    def stocked(self) -> list[Product]:
        """What lies in warehouses: only simple products do."""
        return [product for product in self.products if product.kind == SIMPLE]


def size(orders: int) -> int:
    """How many single products a world of so many orders has."""
    return max(12, min(1_200, 20 + orders // 50))


def catalog(seed: int, shop: Shop, orders: int) -> Catalog:
    """The same SKUs in each installation, at prices, times and names of its own."""
    common = chance(seed, CATALOG)
    own = chance(seed, CATALOG, 1 + shop.number)
    found: list[Product] = []

    def product(kind: str, sku: str, name: str, cents: int, weight: int, is_late: bool) -> Product:
        created = START + int(own.random() * (END - START) * 0.8) if is_late else SETUP
        price = max(1, cents * shop.price_level // 100)
        one = Product(
            product_id=len(found) + 1,
            sku=sku,
            kind=kind,
            weight=weight,
            is_reduced=own.random() < 0.15,
            created_at=created,
            times=[created],
            prices=[price],
            names=[name],
            images=[1],
        )
        changes = sorted(created + DAY + int(own.random() * (END - created)) for _ in range(int(own.random() * 5)))
        for moment in (change for change in changes if change <= END):
            what, price, name, image = own.random(), one.prices[-1], one.names[-1], one.images[-1]
            if what < 0.15:
                image += 1
            elif what < 0.3 or not cents:
                name = f"{name.split(' No. ')[0]} No. {int(own.random() * 900) + 100}"
            else:
                price = max(1, price * (80 + int(own.random() * 41)) // 100)
            one.times.append(moment)
            one.prices.append(price)
            one.names.append(name)
            one.images.append(image)
        found.append(one)
        return one

    def word() -> str:
        return f"{_LOOKS[int(common.random() * len(_LOOKS))]} {_THINGS[int(common.random() * len(_THINGS))]}"

    def cents() -> int:
        return 199 + int(common.random() ** 3 * 300) * 50

    singles = [
        product(SIMPLE, f"SL-{1001 + n}", f"{word()} {n + 1}", cents(), 100 + int(common.random() * 4000), n % 12 == 11)
        for n in range(size(orders))
    ]
    configurables = []
    for n in range(max(4, size(orders) // 6)):
        name, price = f"{word()} Set {n + 1}", cents()
        children = []
        for colour in _COLOURS:
            for wide in _SIZES:
                child = product(
                    SIMPLE,
                    f"SC-{201 + n}-{colour.upper()}-{wide}",
                    f"{name}-{colour}-{wide}",
                    price + 200 * (wide == "L"),
                    600,
                    False,
                )
                child.is_child = True
                children.append(child)
        parent = product(CONFIGURABLE, f"SC-{201 + n}", name, 0, 600, False)
        parent.prices = [0] * len(parent.prices)
        parent.parts = [(child, 1) for child in children]
        configurables.append(parent)
    bundles: dict[str, list[Product]] = {FIXED: [], DYNAMIC: []}
    early = [one for one in singles if one.created_at == SETUP]
    for n in range(max(4, size(orders) // 12)):
        kind = FIXED if n % 2 else DYNAMIC
        # Both are drawn, whichever is used, so that all installations go on with the same numbers.
        price = cents() + 1500
        bundle = product(kind, f"SB-{n + 1}", f"{word()} Bundle {n + 1}", price if kind == FIXED else 0, 2000, False)
        if kind == DYNAMIC:
            bundle.prices = [0] * len(bundle.prices)
        start = int(common.random() * len(early))
        bundle.parts = [(early[(start + step) % len(early)], 1 + step % 2) for step in range(2 + n % 2)]
        bundles[kind].append(bundle)
    return Catalog(found, singles, configurables, bundles)
