"""The feeds: three formats with what makes them hard, as long as one likes, written as they are read."""

import lxml.etree
from visitor import Visitor

G = "{http://base.google.com/ns/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"


def root(visitor: Visitor, name: str) -> lxml.etree._Element:
    answer = visitor.client.get(f"{visitor.url}/feeds/{name}.xml")
    assert answer.status_code == 200
    return lxml.etree.fromstring(answer.content, lxml.etree.XMLParser(strip_cdata=False))


def test_a_merchants_feed(visitor: Visitor) -> None:
    """RSS 2.0: namespace, repeated and nested elements, CDATA, characters that must be escaped; keys are unique."""
    channel = root(visitor, "merchant").find("channel")
    assert channel is not None
    items = channel.findall("item")
    keys = [item.findtext(f"{G}id") for item in items]
    assert len(keys) == len(set(keys)) > 40
    for item in items:
        assert len(item.findall(f"{G}additional_image_link")) == 2
        assert [one.findtext(f"{G}country") for one in item.findall(f"{G}shipping")] == ["DE", "AT"]
        assert "<b>" in (item.findtext("description") or "")
        assert (item.findtext(f"{G}availability") == "in_stock") == (item.findtext(f"{G}quantity") != "0")
    assert b"<![CDATA[" in lxml.etree.tostring(items[0])


def test_an_atom_feed(visitor: Visitor) -> None:
    """Atom: a default namespace, an element of another, links told apart by an attribute."""
    feed = root(visitor, "atom")
    entries = feed.findall(f"{ATOM}entry")
    keys = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(keys) == len(set(keys)) > 40
    for entry in entries:
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate", "enclosure"]
        assert entry.find("{urn:example:prices}price") is not None


def test_feeds_are_as_long_as_one_likes(visitor: Visitor) -> None:
    """`items` is the exact number, keys stay unique, and the first ones are the real ones."""
    for name, tag in (("central", "item"), ("merchant", "item"), ("atom", f"{ATOM}entry")):
        address = f"{visitor.url}/feeds/{name}.xml"
        whole, short = (visitor.client.get(address, params={"items": count}).content for count in (3000, 7))
        counted = [list(lxml.etree.fromstring(one).iter(tag)) for one in (whole, short)]
        assert [len(one) for one in counted] == [3000, 7]
        assert whole[: len(short) - 60] == short[:-60]
        keys = {one.get("sku") or one.findtext(f"{G}id") or one.findtext(f"{ATOM}id") for one in counted[0]}
        assert len(keys) == 3000
