"""From JSON documents, as an API sent them, to prepared records: keys, hashes, what makes one unusable.

A document's text is never written anew. Only what is hashed is: keys sorted, numbers as they were sent.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import jiter
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion import contracts
from ingestion.canonical import Sorter
from ingestion.envelope import PREPARED, RecordShape, digest
from ingestion.pulls import Feed

MAX_BYTES = 16 << 20
DIGITS = 15
"""As many significant digits does a double hold, whatever the number."""
_DECODE = msgspec.json.Decoder(float_hook=msgspec.Raw).decode
_SORTED = msgspec.json.Encoder(order="sorted").encode
_PLAIN = msgspec.json.encode
_LONG_NUMBER = rf"[:,\[]\s*-?[0-9][0-9.]{{{DIGITS}}}"
_BLOCK = 1 << 18
_STEP = (DIGITS + 1) // 4
_IS_OF_NUMBER = np.isin(np.arange(256), np.frombuffer(b"0123456789.", np.uint8))
_ENDS_NUMBER = np.isin(np.arange(256), np.frombuffer(b",]} \t\r\n", np.uint8))


class _Refusal(Exception):
    def __init__(self, rule: str, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.rule = rule
        self.field = field


@dataclass(frozen=True)
class Unfit:
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

    def read(self, documents: Iterable[tuple[str, bytes | msgspec.Raw]]) -> tuple[pa.Table, list[Unfit]]:
        """Of documents with their places, the usable ones as a table of the schema PREPARED, and the others."""
        places: list[str] = []
        texts: list[bytes] = []
        for place, raw in documents:
            places.append(place)
            texts.append(bytes(raw))
        odd, long_numbers = _looked_through(texts)
        rows: list[tuple[str, str, str | None, str | None, str, bytes]] = []
        unusable: list[Unfit] = []
        for number, (place, data) in enumerate(zip(places, texts, strict=True)):
            try:
                rows.append(self._row(data, place, number in odd, number in long_numbers))
            except _Refusal as refusal:
                unusable.append(self._unusable(place, data, refusal))
        columns = zip(*rows, strict=True) if rows else [()] * len(PREPARED)
        return pa.table([pa.array(column, pa.string()) for column in columns], schema=PREPARED), unusable

    def _row(
        self, data: bytes, place: str, is_odd: bool, may_be_long: bool
    ) -> tuple[str, str, str | None, str | None, str, bytes]:
        known, canonical = (None if is_odd else self._at_once(data)) or self._slowly(data)
        shape = self._shape
        if may_be_long and shape.exact and (name := next(_too_long(_DECODE(data), shape.exact), None)):
            raise _Refusal("digits", f"{name} has more than {DIGITS} significant digits", name)
        key = _PLAIN([self._feed.source, self._feed.entity, *(known[name] for name in shape.natural_key)])
        person = known.get(shape.subject) if shape.subject else None
        return (
            digest(key),
            digest(canonical),
            known.get(shape.record_at) if shape.record_at else None,
            person.strip().lower() if isinstance(person, str) else None,
            place,
            data,
        )

    def _at_once(self, data: bytes) -> tuple[dict[str, Any], bytes] | None:
        """The fields and the sorted text of a document like others; None for any that is not, or breaks a rule."""
        if len(data) > MAX_BYTES or (found := self._sorter.sort(data)) is None:
            return None
        known = {name: _as_text(value) for name, value in found[0].items()}
        return (known, found[1]) if contracts.explain(self._shape.contract, known) is None else None

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

    def _unusable(self, place: str, data: bytes, refusal: _Refusal) -> Unfit:
        if refusal.rule == "too_large":
            text = json.dumps({"raw": self._keep(data), "size_bytes": len(data)})
        else:
            text = data.decode(errors="backslashreplace")
        return Unfit(place, refusal.rule, refusal.field or None, str(refusal), text)


def _looked_through(texts: list[bytes]) -> tuple[set[int], set[int]]:
    """Of some documents those that have to be read slowly, and those with a number that may be too long."""
    odd: set[int] = set()
    doubtful: set[int] = set()
    for first, block in _blocks(texts):
        joined = b"\n".join(block)
        ends = np.cumsum([len(text) + 1 for text in block])
        if not _is_text(joined):
            odd.update(first + number for number, text in enumerate(block) if not _is_text(text))
        bytes_of = np.frombuffer(joined + b"  ", np.uint8)
        minus = np.flatnonzero(bytes_of == ord("-"))
        zeros = minus[(bytes_of[minus + 1] == ord("0")) & _ENDS_NUMBER[bytes_of[minus + 2]]]
        odd.update((first + np.searchsorted(ends, zeros, "right")).tolist())
        # As many digits in a row cannot hide between steps.
        steps = _IS_OF_NUMBER[bytes_of[::_STEP]]
        runs = np.flatnonzero(steps[:-3] & steps[1:-2] & steps[2:-1] & steps[3:]) * _STEP
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
