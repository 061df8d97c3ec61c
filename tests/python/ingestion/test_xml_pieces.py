"""A feed that is cut into pieces must come to the same records as one that is read in one go, or not be cut."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import Refused
from ingestion.extract.formats import xml_chunks
from ingestion.extract.formats.xml_chunks import CannotSplit
from ingestion.extract.formats.xml_records import Format, ParsedRecords, RecordReader
from ingestion.extract.xml_feed import _streamed
from ingestion.pulls import Feed
from ingestion.records.contracts import Contract

READER = RecordReader(Feed("stock_feed", "x", "items"), Contract, Format(None, "item", ("@sku",)))


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few records, so that small feeds have many."""
    monkeypatch.setattr(xml_chunks, "_MAX_HEAD", 256)
    monkeypatch.setattr(xml_chunks, "PIECE", 64)


def rows(parts: list[ParsedRecords]) -> list[Any]:
    """All records and refusals, with their places in the feed."""
    found: list[Any] = []
    before = 0
    for part in parts:
        table, unfit = part.at_path(before)
        found += table.to_pylist() + [vars(one) for one in unfit]
        before += part.count
    return sorted(found, key=lambda row: int(row["place"]))


def in_pieces(feed: bytes) -> tuple[list[Any], int]:
    """The records of the pieces, and how many pieces there were. Raises Uncut."""
    parts = [xml_chunks.take(READER, piece) for piece in xml_chunks.read(io.BytesIO(feed), "item")]
    if None in parts:
        raise CannotSplit
    return rows([part for part in parts if part is not None]), len(parts)


def in_one_go(feed: bytes) -> list[Any]:
    """The records as the streaming reader finds them."""
    return rows(list(_streamed(READER, io.BytesIO(feed))))


TEXTS = st.sampled_from(["a", "ü &amp; b", " ", "\n", "<![CDATA[<b>]]>", "<!-- c -->", "<?p i?>", "<b>x</b>", "<g:b/>"])
TRAPS = st.sampled_from(
    [
        "<![CDATA[</item>]]>",
        "<!-- </item> -->",
        "<?p </item> ?>",
        '<item sku="inner">y</item>',
        '<item sku="empty"/>',
        "</group><group>",
        "<group>",
        "</group>",
        "&unknown;",
        "<!DOCTYPE item>",
    ]
)
ITEMS = st.builds(
    lambda sku, inner, blank: f'<item sku="{sku}">{"".join(inner)}</item{blank}>',
    st.text("abc0", max_size=3),
    st.lists(TEXTS | TRAPS, max_size=3),
    st.sampled_from(["", "", "", " "]),
)
FEEDS = st.builds(
    lambda root, parts, end: f'<stock{root} xmlns:g="urn:g"><group>{"".join(parts)}</group>{end}',
    st.sampled_from(["", ' a="1"', ' xmlns:unused="urn:u"']),
    st.lists(ITEMS | TEXTS | TRAPS, max_size=40),
    st.sampled_from(["</stock>", "</stock>", "</stock>\n", "<item/></stock>", "", "</stocks>"]),
)


@settings(max_examples=400, deadline=None)
@given(FEEDS)
def test_pieces_come_to_what_one_go_comes_to(feed: str) -> None:
    """Whatever a feed holds: the same records at the same places, or no cut at all; a broken feed is never cut."""
    try:
        found, _ = in_pieces(feed.encode())
    except CannotSplit:
        return
    assert found == in_one_go(feed.encode())


def test_a_long_feed_is_cut() -> None:
    """Protects the test above from passing because nothing is ever cut."""
    items = "".join(f'<item sku="{number}"><g:b>{number}</g:b></item>\n' for number in range(100))
    feed = f'<?xml version="1.0" encoding="UTF-8"?><stock xmlns:g="urn:g">{items}</stock>'.encode()
    found, pieces = in_pieces(feed)
    assert pieces > 10
    assert len(found) == 100
    assert found == in_one_go(feed)


@pytest.mark.parametrize("trap", ["<![CDATA[</item>]]>", "<!-- </item> -->", '<item sku="inner"/>', "&unknown;"])
def test_the_end_of_a_record_that_ends_none_is_no_place_to_cut(trap: str) -> None:
    """Bytes that look like an end in a comment, in CDATA or after the last record lose nothing."""
    items = "".join(f'<item sku="{number}">{trap}</item>' for number in range(20))
    feed = f'<stock>{items}<item sku="last"/></stock>'.encode()
    with pytest.raises(CannotSplit):
        in_pieces(feed)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_only_utf_8_is_cut(encoding: str) -> None:
    """Other encodings have other bytes for the same end."""
    feed = f'<?xml version="1.0" encoding="{encoding}"?><stock><item sku="ü"/></stock>'.encode(encoding)
    with pytest.raises(CannotSplit):
        in_pieces(feed)
    assert len(in_one_go(feed)) == 1


def test_a_feed_that_breaks_off_is_not_cut() -> None:
    """It is for the reader in one go to say where it breaks."""
    feed = b'<stock><item sku="1">x</item><item sku="2">x</item>'
    with pytest.raises(CannotSplit):
        in_pieces(feed)
    with pytest.raises(Refused, match="breaks off"):
        in_one_go(feed)
