"""The four installations: what is fixed about each."""

from dataclasses import dataclass

GLOBAL_CURRENCY = "EUR"


@dataclass(frozen=True)
class StoreView:
    """A store view of an installation: what Magento calls `store`."""

    store_id: int
    code: str
    name: str
    locale: str


@dataclass(frozen=True)
class Location:
    """A place that holds stock: an inventory source."""

    code: str
    name: str
    city: str
    postcode: str


@dataclass(frozen=True)
class Shop:
    """An installation. Tax is in thousandths of a percent, `price_level` in percent of the catalogue's prices.

    `has_tax_in_prices`: whether its catalogue's prices include tax, so that discounts do; `levy`: cents of the base
    currency for each unit of a product that bears one.
    """

    number: int
    source: str
    name: str
    base_currency: str
    order_currency: str
    timezone: str
    country: str
    neighbours: tuple[str, ...]
    tax: int
    reduced_tax: int
    is_shipping_taxed: bool
    has_tax_in_prices: bool
    levy: int
    price_level: int
    shipping: tuple[int, ...]
    signs: bool
    views: tuple[StoreView, ...]
    locations: tuple[Location, ...]

    @property
    def is_converted(self) -> bool:
        """Whether orders are in another currency than the books."""
        return self.base_currency != self.order_currency


SHOPS = (
    Shop(
        number=0,
        source="de",
        name="Storelake Deutschland",
        base_currency="EUR",
        order_currency="EUR",
        timezone="Europe/Berlin",
        country="DE",
        neighbours=("AT", "NL", "FR"),
        tax=19_000,
        reduced_tax=7_000,
        is_shipping_taxed=True,
        has_tax_in_prices=True,
        levy=25,
        price_level=100,
        shipping=(0, 490, 690),
        signs=False,
        views=(StoreView(1, "de_de", "Deutsch", "de_DE"), StoreView(2, "de_en", "English", "en_US")),
        locations=(
            Location("de-berlin", "Lager Berlin", "Berlin", "10115"),
            Location("de-leipzig", "Lager Leipzig", "Leipzig", "04109"),
        ),
    ),
    Shop(
        number=1,
        source="gb",
        name="Storelake UK",
        base_currency="GBP",
        order_currency="GBP",
        timezone="Europe/London",
        country="GB",
        neighbours=("IE", "FR"),
        tax=20_000,
        reduced_tax=0,
        is_shipping_taxed=True,
        has_tax_in_prices=False,
        levy=0,
        price_level=92,
        shipping=(0, 395, 599),
        signs=False,
        views=(StoreView(1, "gb_en", "English", "en_GB"),),
        locations=(Location("gb-leeds", "Leeds warehouse", "Leeds", "LS1 4AP"),),
    ),
    Shop(
        number=2,
        source="pl",
        name="Storelake Polska",
        base_currency="EUR",
        order_currency="PLN",
        timezone="Europe/Warsaw",
        country="PL",
        neighbours=("CZ", "SK", "LT"),
        tax=23_000,
        reduced_tax=5_000,
        is_shipping_taxed=True,
        has_tax_in_prices=True,
        levy=40,
        price_level=85,
        shipping=(0, 299, 419),
        signs=True,
        views=(StoreView(1, "pl_pl", "Polski", "pl_PL"),),
        locations=(Location("pl-lodz", "Magazyn Łódź", "Łódź", "90-001"),),
    ),
    Shop(
        number=3,
        source="us",
        name="Storelake USA",
        base_currency="USD",
        order_currency="USD",
        timezone="America/New_York",
        country="US",
        neighbours=("CA", "MX"),
        tax=8_875,
        reduced_tax=0,
        is_shipping_taxed=False,
        has_tax_in_prices=False,
        levy=0,
        price_level=118,
        shipping=(0, 599, 1299),
        signs=True,
        views=(StoreView(1, "us_en", "English", "en_US"), StoreView(2, "us_outlet", "Outlet", "en_US")),
        locations=(
            Location("us-reno", "Reno", "Reno", "89501"),
            Location("us-newark", "Newark", "Newark", "07102"),
        ),
    ),
)
SHARES = (40, 25, 15, 20)
"""Of a hundred orders, how many are whose."""


def by_source(source: str) -> Shop:
    """The shop of a source."""
    return next(shop for shop in SHOPS if shop.source == source)
