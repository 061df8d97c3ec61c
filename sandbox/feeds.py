"""Feeds as partners offer them: plain stock XML, a merchant's RSS product feed, an Atom feed. Written piece by piece.

With `items` a feed is as long as one likes: behind what there really is, goods that only the feed knows follow.
"""

from collections.abc import Callable, Iterator
from email.utils import formatdate
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

from sandbox.catalog import Product
from sandbox.stock import CENTRAL
from sandbox.times import DAY, iso
from sandbox.world import World

_CHUNK = 500
_BLOCK = "\0"
"""Stands in bulk items where the number of their block comes."""
_AISLES = "ABCDEFGH"


def central(world: World, moment: int, items: int | None) -> Iterator[bytes]:
    """The central warehouse's stock: an element per SKU."""
    held = world.stock.of(CENTRAL, moment)
    names = {product.sku: product.names[0] for product in world.installations[0].catalog.stocked}

    def item(sku: str, quantity: int, name: str, number: int) -> str:
        expected = f'    <expected date="{iso(moment + 9 * DAY)[:10]}">{20 + number % 30}</expected>\n'
        return (
            f'  <item sku="{sku}" unit="pcs">\n'
            f"    <location>{CENTRAL}</location>\n"
            f"    <quantity>{quantity}</quantity>\n"
            f"    <name>{escape(name)}</name>\n"
            f"    <bin>{_AISLES[number % 8]}-{number % 97:02d}</bin>\n"
            f"    <bin>{_AISLES[number % 5]}-{number % 89:02d}</bin>\n"
            f"{expected if quantity == 0 else ''}"
            f"  </item>\n"
        )

    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<stock warehouse="{CENTRAL}" generated="{iso(moment)}" currency="EUR">\n'
    ).encode()
    yield from _chunks(
        (item(sku, quantity, names[sku], number) for number, (sku, quantity) in enumerate(held)),
        lambda sku, number: item(sku, number * 7 % 211, f"Bulk item & part {number}", number),
        len(held),
        items,
    )
    yield b"</stock>\n"


def merchant(world: World, moment: int, items: int | None) -> Iterator[bytes]:
    """The German shop's product feed: RSS 2.0 with the namespace of Google's merchants."""
    installation = world.installations[0]
    place = installation.shop.locations[0].code
    stock = dict(world.stock.of(place, moment))
    there = [product for product in installation.catalog.stocked if product.sku in stock]

    def item(sku: str, name: str, cents: int, quantity: int, number: int) -> str:
        sale = f"  <g:sale_price>{cents * 9 // 1000}.{cents * 9 // 10 % 100:02d} EUR</g:sale_price>\n"
        return (
            "<item>\n"
            f"  <g:id>{sku}</g:id>\n"
            f"  <title>{escape(name)}</title>\n"
            f"  <description><![CDATA[<p>{name} & more: <b>new</b> at {iso(moment)[:10]}</p>]]></description>\n"
            f"  <link>https://shop.example.test/{sku.lower()}?a=1&amp;b=2</link>\n"
            f"  <g:image_link>https://shop.example.test/img/{sku.lower()}.jpg</g:image_link>\n"
            f"  <g:additional_image_link>https://shop.example.test/img/{sku.lower()}-2.jpg</g:additional_image_link>\n"
            f"  <g:additional_image_link>https://shop.example.test/img/{sku.lower()}-3.jpg</g:additional_image_link>\n"
            f"  <g:price>{cents // 100}.{cents % 100:02d} EUR</g:price>\n"
            f"{sale if number % 6 == 0 else ''}"
            f"  <g:availability>{'in_stock' if quantity else 'out_of_stock'}</g:availability>\n"
            f"  <g:quantity>{quantity}</g:quantity>\n"
            "  <g:condition>new</g:condition>\n"
            f"  <g:gtin>{4_000_000_000_000 + number:013d}</g:gtin>\n"
            "  <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>\n"
            "  <g:shipping><g:country>AT</g:country><g:price>9.90 EUR</g:price></g:shipping>\n"
            "</item>\n"
        )

    def own(product: Product) -> tuple[str, int]:
        version = product.version_at(moment)
        return product.names[max(0, version)], product.prices[max(0, version)]

    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n<channel>\n'
        "<title>Storelake Deutschland</title>\n<link>https://shop.example.test/</link>\n"
        f"<description>All products</description>\n<lastBuildDate>{formatdate(moment, usegmt=True)}</lastBuildDate>\n"
    ).encode()
    yield from _chunks(
        (item(product.sku, *own(product), stock[product.sku], number) for number, product in enumerate(there)),
        lambda sku, number: item(sku, f"Bulk item {number}", 199 + number % 5000, number % 50, number),
        len(there),
        items,
    )
    yield b"</channel>\n</rss>\n"


def atom(world: World, moment: int, items: int | None) -> Iterator[bytes]:
    """The British shop's price list: Atom, with an element of another namespace."""
    installation = world.installations[1]
    products = [
        product for product in installation.catalog.products if product.prices[0] and product.created_at <= moment
    ]

    def entry(sku: str, name: str, cents: int, updated: int) -> str:
        return (
            "<entry>\n"
            f"  <id>tag:shop.example.test,2025:{sku}</id>\n"
            f'  <title type="text">{escape(name)}</title>\n'
            f"  <updated>{iso(updated)}</updated>\n"
            f'  <link rel="alternate" href={quoteattr(f"https://shop.example.test/{sku.lower()}")}/>\n'
            f'  <link rel="enclosure" href={quoteattr(f"https://shop.example.test/img/{sku.lower()}.jpg")}/>\n'
            f'  <category term="{sku[:2]}"/>\n'
            f'  <p:price currency="GBP">{cents // 100}.{cents % 100:02d}</p:price>\n'
            f'  <summary type="html"><![CDATA[<b>{name}</b>]]></summary>\n'
            "</entry>\n"
        )

    def own(product: Product) -> str:
        version = product.version_at(moment)
        return entry(product.sku, product.names[version], product.prices[version], product.updated_at(version))

    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:p="urn:example:prices">\n'
        "<id>tag:shop.example.test,2025:prices</id>\n<title>Storelake UK</title>\n"
        f"<updated>{iso(moment)}</updated>\n"
    ).encode()
    yield from _chunks(
        map(own, products),
        lambda sku, number: entry(sku, f"Bulk item {number}", 199 + number % 5000, moment),
        len(products),
        items,
    )
    yield b"</feed>\n"


def _chunks(own: Iterator[str], bulk: Callable[[str, int], str], there: int, wanted: int | None) -> Iterator[bytes]:
    """The feed's own items, or as many of them as are wanted, then bulk ones up to that number.

    Bulk items are written once and repeated with other keys: a long feed costs next to nothing.
    """
    first = there if wanted is None else min(there, wanted)
    while piece := "".join(islice(own, min(first, _CHUNK))):
        first -= min(first, _CHUNK)
        yield piece.encode()
    rest = max(0, (wanted or 0) - there)
    items = [bulk(f"SX-{_BLOCK}{number:03d}", number).encode() for number in range(min(rest, _CHUNK))]
    whole = b"".join(items)
    for block in range(-(-rest // _CHUNK)):
        count = min(_CHUNK, rest - block * _CHUNK)
        yield (whole if count == _CHUNK else b"".join(items[:count])).replace(_BLOCK.encode(), b"%05d" % block)


FEEDS: dict[str, Callable[[World, int, int | None], Iterator[bytes]]] = {
    "central": central,
    "merchant": merchant,
    "atom": atom,
}
