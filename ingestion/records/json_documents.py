"""From JSON documents, as an API sent them, to prepared records: keys, hashes, what makes one unusable.

A document's text is never written anew. Only what is hashed is: keys sorted, numbers as they were sent.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from types import NoneType
from typing import Any

import jiter
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET

from ingestion.pulls import Feed
from ingestion.records import contracts
from ingestion.records.canonical_json import Sorter
from ingestion.records.envelope import PREPARED, RecordShape, digest

MAX_BYTES = 16 << 20
DIGITS = 15
"""As many significant digits does a double hold, whatever the number."""
_DECODE = msgspec.json.Decoder(float_hook=msgspec.Raw).decode
_SORTED = msgspec.json.Encoder(order="sorted").encode
_PLAIN = msgspec.json.encode
_LONG_NUMBER = rf"[:,\[]\s*-?[0-9][0-9.]{{{DIGITS}}}"
_MINUS_ZERO = re.compile(rb"-0[,\]} \t\r\n]")
_BLOCK = 1 << 18
_STEP = (DIGITS + 1) // 4
_IS_OF_NUMBER = np.isin(np.arange(256), np.frombuffer(b"0123456789.", np.uint8))
_RUN = np.arange(3 * _STEP + 1)


class _Refusal(Exception):
    def __init__(self, rule: str, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.rule = rule
        self.field = field


@dataclass(frozen=True)
class UnusableDocument:
    """A document that broke a rule, and its place."""

    place: str
    rule: str
    field: str | None
    reason: str
    document: str


class DocumentReader:
    """Prepares the documents of one feed. `keep` puts a body that is too large for a table into a file it names."""

    def __init__(self, feed: Feed, shape: RecordShape, keep: Callable[[bytes], str]) -> None:
        self._feed = feed
        self._shape = shape
        self._keep = keep
        fields = (field.alias or name for name, field in shape.contract.model_fields.items())
        self._wanted = tuple(
            dict.fromkeys([*fields, *shape.natural_key, *filter(None, [shape.record_at, shape.subject])])
        )
        self._sorter = Sorter(self._wanted, shape.volatile)

    def read(self, documents: Iterable[tuple[str, bytes | msgspec.Raw]]) -> tuple[pa.Table, list[UnusableDocument]]:
        """Of documents with their places, the usable ones as a table of the schema PREPARED, and the others."""
        places: list[str] = []
        texts: list[bytes] = []
        for place, raw in documents:
            places.append(place)
            texts.append(bytes(raw))
        if not texts:
            return PREPARED.empty_table(), []
        values, hashes, refusals = self._hashed(texts)
        unusable = [self._unusable(places[number], texts[number], refusals[number]) for number in sorted(refusals)]
        if refusals:
            kept = [number not in refusals for number in range(len(texts))]
            places, texts = list(compress(places, kept)), list(compress(texts, kept))
            hashes = list(compress(hashes, kept))
            values = {name: list(compress(column, kept)) for name, column in values.items()}
        return self._table(values, hashes, places, texts), unusable

    def _hashed(self, texts: list[bytes]) -> tuple[dict[str, list[Any]], list[str], dict[int, _Refusal]]:
        """The values of the wanted fields, the hash of each document, and what makes some of them unusable."""
        odd, long_numbers = _looked_through(texts)
        rows: list[list[Any]] = []
        hashes: list[str] = []
        refusals: dict[int, _Refusal] = {}
        checked: set[int] = set()
        for number, data in enumerate(texts):
            found = None if number in odd or len(data) > MAX_BYTES else self._sorter.sort(data)
            if found is None:
                found = self._checked(number, data, refusals)
                checked.add(number)
            rows.append(found[0])
            hashes.append(digest(found[1]))
        values = {name: _as_texts(column) for name, column in zip(self._wanted, zip(*rows, strict=True), strict=True)}
        for number in contracts.doubtful(self._shape.contract, values, len(texts)):
            if number not in checked:
                self._checked(number, texts[number], refusals)
        for number in long_numbers.difference(refusals):
            if name := self._too_long(texts[number]):
                refusals[number] = _Refusal("digits", f"{name} has more than {DIGITS} significant digits", name)
        return values, hashes, refusals

    def _checked(self, number: int, data: bytes, refusals: dict[int, _Refusal]) -> tuple[list[Any], bytes]:
        """What the slow way makes of a document, or nothing and a refusal."""
        try:
            known, canonical = self._slowly(data)
        except _Refusal as refusal:
            refusals[number] = refusal
            return [None] * len(self._wanted), b""
        # What a list holds would stay in memory.
        return [value if isinstance(value := known.get(name), str) else None for name in self._wanted], canonical

    def _too_long(self, data: bytes) -> str | None:
        exact = self._shape.exact
        return next(_too_long(_DECODE(data), exact), None) if exact else None

    def _table(
        self, values: dict[str, list[Any]], hashes: list[str], places: list[str], texts: list[bytes]
    ) -> pa.Table:
        shape, feed = self._shape, [self._feed.source, self._feed.entity]
        nothing = [None] * len(texts)
        people = values[shape.subject] if shape.subject else nothing
        columns = [
            [digest(_PLAIN([*feed, *key])) for key in zip(*(values[name] for name in shape.natural_key), strict=True)],
            hashes,
            values[shape.record_at] if shape.record_at else nothing,
            [person if isinstance(person, str) else None for person in people],
            places,
            texts,
        ]
        return pa.table([pa.array(column, pa.string()) for column in columns], schema=PREPARED)

    def _slowly(self, data: bytes) -> tuple[dict[str, Any], bytes]:
        """The same of any document, or the rule that it breaks."""
        document, canonical = self._decoded(data)
        # `get` would make a field that is absent one that is null.
        known = {name: _as_text(document[name]) for name in self._wanted if name in document}
        if broken := contracts.explain(self._shape.contract, known):
            rule, field, reason = broken
            raise _Refusal(rule, reason, field)
        return known, canonical

    def _decoded(self, data: bytes) -> tuple[dict[str, Any], bytes]:
        if len(data) > MAX_BYTES:
            raise _Refusal("too_large", f"is larger than {MAX_BYTES >> 20} MB")
        try:
            document = _DECODE(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _why_not_json(data, error) from None
        if not isinstance(document, dict):
            raise _Refusal("not_an_object", "is no JSON object")
        canonical = _SORTED(document)
        # Sorting alone keeps the length: a shorter text has lost escapes, blanks, or the first of two equal keys.
        if len(canonical) != len(data):
            try:
                jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, float_mode="lossless-float")
            except ValueError as error:
                if "duplicate key" in str(error):
                    raise _Refusal("key_twice", "holds a key twice in one object") from None
                raise _Refusal("not_json", "is no JSON that all readers agree on") from None
        self._sorter.learn(document)
        if self._shape.volatile:
            for name in self._shape.volatile:
                document.pop(name, None)
            canonical = _SORTED(document)
        return document, canonical

    def _unusable(self, place: str, data: bytes, refusal: _Refusal) -> UnusableDocument:
        if refusal.rule == "too_large":
            text = json.dumps({"raw": self._keep(data), "size_bytes": len(data)})
        else:
            text = data.decode(errors="backslashreplace")
        return UnusableDocument(place, refusal.rule, refusal.field or None, str(refusal), text)


def _looked_through(texts: list[bytes]) -> tuple[set[int], set[int]]:
    """Of some documents those that have to be read slowly, and those with a number that may be too long."""
    odd: set[int] = set()
    doubtful: set[int] = set()
    for first, block in _blocks(texts):
        joined = b"\n".join(block)
        ends = np.cumsum([len(text) + 1 for text in block])
        if not _is_text(joined):
            odd.update(first + number for number, text in enumerate(block) if not _is_text(text))
        zeros = [found.start() for found in _MINUS_ZERO.finditer(joined + b" ")]
        odd.update((first + np.searchsorted(ends, zeros, "right")).tolist())
        bytes_of = np.frombuffer(joined, np.uint8)
        # As many digits in a row cannot hide between steps. From the point to the nine there is only a slash beside.
        steps = bytes_of[::_STEP] - ord(".") <= ord("9") - ord(".")
        runs = np.flatnonzero(steps[:-3] & steps[1:-2] & steps[2:-1] & steps[3:]) * _STEP
        runs = runs[_IS_OF_NUMBER[bytes_of[runs[:, None] + _RUN]].all(axis=1)]
        doubtful.update((first + np.searchsorted(ends, runs, "right")).tolist())
    numbers = sorted(doubtful)
    found = pc.match_substring_regex(pa.array([texts[number] for number in numbers], pa.binary()), _LONG_NUMBER)
    return odd, {numbers[index] for index in pc.indices_nonzero(found).to_pylist()}


def _blocks(texts: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """The same in their order, some at a time, each with the number of its first."""
    first = size = 0
    for number, text in enumerate(texts):
        size += len(text)
        if size >= _BLOCK or number == len(texts) - 1:
            yield first, texts[first : number + 1]
            first, size = number + 1, 0


def _is_text(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_texts(column: tuple[Any, ...]) -> list[Any]:
    """The same with scalars as texts, and nothing for what is absent."""
    if {*map(type, column)} <= {str, list, NoneType}:
        return [*column]
    return [None if value is UNSET else _as_text(value) for value in column]


def _as_text(value: Any) -> Any:
    """A scalar as the text it was sent as, so that 7 and "7" name the same record; anything else as it is."""
    if type(value) is int:
        return str(value)
    if type(value) is msgspec.Raw:
        return bytes(value).decode()
    return value


def _too_long(value: Any, exact: re.Pattern[str], field: str = "", is_exact: bool = False) -> Iterator[str]:
    """The names of fields that `exact` matches and whose number has too many digits."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _too_long(inner, exact, name, exact.search(name) is not None)
    elif isinstance(value, list):
        for inner in value:
            yield from _too_long(inner, exact, field, is_exact)
    elif is_exact and type(value) in (int, msgspec.Raw):
        mantissa = re.split("[eE]", _as_text(value))[0].lstrip("-")
        digits = mantissa.rstrip("0") if "." in mantissa else mantissa
        if len(digits.replace(".", "").lstrip("0")) > DIGITS:
            yield field


def _why_not_json(data: bytes, error: Exception) -> _Refusal:
    if isinstance(error, RecursionError):
        return _Refusal("too_deep", "is nested too deeply")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _Refusal("encoding", "is not UTF-8")
    constants: list[str] = []
    try:
        # More lenient: what it reads, two engines would read differently.
        parsed = json.loads(text, parse_constant=constants.append)
        if constants:
            return _Refusal("not_finite", "holds a number that is not finite (NaN or Infinity)")
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return _Refusal("lone_surrogate", "holds half of a surrogate pair")
    except (ValueError, RecursionError):
        pass
    return _Refusal("not_json", "is no JSON")
