"""A long XML feed in pieces that can be read side by side, each cut at the end of a record.

A cut looks at bytes alone. Where an end of a record does not end one (in a comment, in CDATA, of a record inside
another), the piece before it is not well-formed, and the feed has to be read in one go. What is well-formed in all
its pieces, and in what stands around them, is so as a whole, and means the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from lxml import etree

from ingestion.extract.formats.xml_records import ParsedRecords, RecordReader, is_named

PIECE = 1 << 18
MAX_PIECE = 32 << 20
_MAX_HEAD = 1 << 20
_ENCODINGS = ("utf-8", "us-ascii")


class CannotSplit(Exception):
    """The feed has to be read in one go."""


@dataclass(frozen=True)
class Frame:
    """What stands around the records: the bytes before the first, its name as written, and the namespaces there."""

    head: bytes
    name: bytes
    namespaces: dict[str, str]

    def find_frame(self, piece: bytes) -> bytes:
        """A document of its own that holds the piece."""
        declared = "".join(
            f" xmlns{':' + prefix if prefix else ''}={quoteattr(uri)}" for prefix, uri in self.namespaces.items()
        )
        return b"<pieces%b>%b</pieces>" % (declared.encode(), piece)


def read(stream: BinaryIO, tag: str) -> Iterator[bytes]:
    """The pieces of a feed, each a document of its own, in their order, all records of `tag` in them.

    Raises Uncut where it cannot be cut.
    """
    start = stream.read(_MAX_HEAD)
    frame = _frame(start, tag)
    end = b"</%b>" % frame.name
    held = start[len(frame.head) :]
    while block := stream.read(PIECE):
        held += block
        cut = held.rfind(end) + len(end)
        if cut >= len(end):
            yield frame.find_frame(held[:cut])
            held = held[cut:]
        elif len(held) > MAX_PIECE:
            raise CannotSplit
    cut = held.rfind(end) + len(end)
    if cut >= len(end):
        yield frame.find_frame(held[:cut])
        held = held[cut:]
    rest = _parsed(frame.head + held)
    # A record may end itself: <item/>.
    if next(rest.iter(tag), None) is not None:
        raise CannotSplit


def take(reader: RecordReader, piece: bytes) -> ParsedRecords | None:
    """The records of a piece; None where it is not well-formed on its own."""
    try:
        root = _parsed(piece)
    except CannotSplit:
        return None
    return reader.take(reader.outermost(root.iter(reader.tag)))


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise CannotSplit from None


class _Found(Exception):
    """The first record was reached."""


def _frame(start: bytes, tag: str) -> Frame:
    """What stands before the first record. Raises Uncut where it is not at the feed's beginning, or not in UTF-8."""
    scopes: list[dict[str, str]] = [{}]
    declared: dict[str, str] = {}
    found: list[Frame] = []
    parser = expat.ParserCreate(namespace_separator="}")
    parser.namespace_prefixes = True

    def declare(prefix: str | None, uri: str | None) -> None:
        declared[prefix or ""] = uri or ""

    def begin(name: str, attributes: object) -> None:
        uri, local, prefix = ([""] * ("}" not in name) + [*name.split("}"), ""])[:3]
        if is_named(f"{{{uri}}}{local}" if uri else local, tag):
            written = f"{prefix}:{local}" if prefix else local
            found.append(Frame(start[: parser.CurrentByteIndex], written.encode(), scopes[-1]))
            raise _Found
        scopes.append(scopes[-1] | declared)
        declared.clear()

    def end(name: str) -> None:
        scopes.pop()

    def declaration(version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "utf-8").lower() not in _ENCODINGS:
            raise CannotSplit

    parser.StartNamespaceDeclHandler = declare
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.XmlDeclHandler = declaration
    if b"\0" in start[:4]:
        raise CannotSplit
    try:
        parser.Parse(start, False)
    except _Found:
        return found[0]
    except (expat.ExpatError, ValueError, LookupError):
        pass
    raise CannotSplit
