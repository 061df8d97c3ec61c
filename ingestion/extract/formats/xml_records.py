"""Records of an XML feed from its elements: each a document with its key and hash, or the rule that it breaks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from ingestion.extract.formats.xml_document import document
from ingestion.pulls import Feed
from ingestion.records import contracts
from ingestion.records.contracts import Contract
from ingestion.records.envelope import PREPARED, digest
from ingestion.records.json_documents import MAX_BYTES, UnusableDocument

_SORTED = msgspec.json.Encoder(order="sorted").encode
_PLAIN = msgspec.json.encode
_PLACE = PREPARED.get_field_index("place")
_NUMBERED = PREPARED.set(_PLACE, pa.field("place", pa.int64()))


@dataclass(frozen=True)
class Format:
    """A kind of feed: its root element, the element of a record, and the fields (`@sku`, `location`) of its key.

    Names with a namespace are written `{uri}name`, and `{*}name` where any namespace will do. Of fields that stand
    for one another, `{atom}id|{google}id`, the first that is there counts.
    """

    root: str | None
    record: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class ParsedRecords:
    """What some elements came to: usable records, those that broke a rule, and how many there were of both.

    Places are numbers of records, from 1 among these.
    """

    rows: pa.Table
    unfit: list[UnusableDocument]
    count: int

    def at_path(self, before: int) -> tuple[pa.Table, list[UnusableDocument]]:
        """The same as a table of the schema PREPARED, with places in a feed that has so many records before these."""
        places = pc.cast(pc.add(self.rows["place"], before), pa.string())
        rows = self.rows.set_column(_PLACE, PREPARED.field(_PLACE), places)
        unfit = [
            UnusableDocument(str(int(one.place) + before), one.rule, one.field, one.reason, one.document)
            for one in self.unfit
        ]
        return rows, unfit


class RecordReader:
    """Reads the records of one feed. It can be sent to another process."""

    def __init__(self, feed: Feed, contract: type[Contract], form: Format) -> None:
        self.tag = form.record
        self._contract = contract if contract.model_fields else None
        self._names = form.key
        self._key = [[_split(path, "/") for path in _split(name, "|")] for name in form.key]
        self._prefix = [feed.source, feed.entity]

    def outermost(self, elements: Iterable[etree._Element]) -> Iterator[etree._Element]:
        """Those of a record that stand in no other record."""
        return (element for element in elements if next(element.iterancestors(self.tag), None) is None)

    def take(self, elements: Iterable[etree._Element]) -> ParsedRecords:
        """The records that the elements hold."""
        rows: list[tuple[str, str, None, None, int, bytes]] = []
        unfit: list[UnusableDocument] = []
        place = 0
        for place, element in enumerate(elements, 1):
            found = document(element)
            data = _SORTED(found)
            key = [_value(found, paths[0]) if len(paths) == 1 else _first(found, paths) for paths in self._key]
            if broken := self._broken(found, data, key):
                rule, name, reason, kept = broken
                unfit.append(UnusableDocument(str(place), rule, name, reason, kept.decode()))
            else:
                rows.append((digest(_PLAIN(self._prefix + key)), digest(data), None, None, place, data))
        columns: Any = zip(*rows, strict=True) if rows else [()] * len(_NUMBERED)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _NUMBERED, strict=True)]
        return ParsedRecords(pa.table(arrays, schema=_NUMBERED), unfit, place)

    def _broken(self, found: dict[str, Any], data: bytes, key: list[str]) -> tuple[str, str | None, str, bytes] | None:
        if not all(key):
            missing = next(name for name, value in zip(self._names, key, strict=True) if not value)
            missing = " or ".join(_split(missing, "|"))
            return "missing", missing, f"{missing} is empty, and the record cannot be told from others without it", data
        if len(data) > MAX_BYTES:
            return "too_large", None, f"is larger than {MAX_BYTES >> 20} MB", b""
        if self._contract and (broken := contracts.explain(self._contract, found)):
            return *broken, data
        return None


def is_named(tag: str, name: str) -> bool:
    """Whether a tag is the one that a format names."""
    return tag == name or (name.startswith("{*}") and tag.rpartition("}")[2] == name[3:])


def _value(found: dict[str, Any], steps: tuple[str, ...]) -> str:
    """The attribute, or the text of the first such element, that the steps of a path lead to."""
    here: Any = found
    for name in steps:
        if name.startswith("@"):
            return str(here.get(name, "")).strip()
        children = here.get(name) or next((held for tag, held in here.items() if is_named(tag, name)), None)
        if not children:
            return ""
        here = children[0]
    return str(here.get("#text", "")).strip()


def _first(found: dict[str, Any], paths: list[tuple[str, ...]]) -> str:
    return next(filter(None, (_value(found, steps) for steps in paths)), "")


def _split(path: str, sign: str) -> tuple[str, ...]:
    """The parts of a path like `price/@currency`; a sign in a namespace parts nothing."""
    parts, depth = [""], 0
    for character in path:
        depth += (character == "{") - (character == "}")
        if character == sign and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return tuple(parts)
