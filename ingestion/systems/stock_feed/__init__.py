"""Feeds of stock, prices and products in XML: plain, RSS, Atom, BMEcat."""

from ingestion.extract.formats.xml_records import Format
from ingestion.extract.xml_feed import FeedSystem
from ingestion.systems.stock_feed.contract import FeedItem

_ATOM = "{http://www.w3.org/2005/Atom}"
_GOOGLE = "{http://base.google.com/ns/1.0}"

SYSTEM = FeedSystem(
    name="stock_feed",
    entity="items",
    contract=FeedItem,
    formats={
        "rss": Format("rss", "item", (f"{_GOOGLE}id",)),
        "atom": Format(f"{_ATOM}feed", f"{_ATOM}entry", (f"{_ATOM}id|{_GOOGLE}id",)),
        # Each version has a namespace of its own, or none.
        "bmecat": Format("{*}BMECAT", "{*}PRODUCT", ("{*}SUPPLIER_PID",)),
        "bmecat12": Format("{*}BMECAT", "{*}ARTICLE", ("{*}SUPPLIER_AID",)),
        "plain": Format(None, "item", ("location", "@sku")),
    },
)
