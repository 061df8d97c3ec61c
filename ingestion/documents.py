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
import pyarrow as pa
import pyarrow.compute as pc

from ingestion import contracts
from ingestion.envelope import PREPARED, RecordShape, digest
from ingestion.pulls import Feed

MAX_BYTES = 16 << 20
DIGITS = 15
"""As many significant digits does a double hold, whatever the number."""
_DECODE = msgspec.json.Decoder(float_hook=msgspec.Raw).decode
_SORTED = msgspec.json.Encoder(order="sorted").encode
_PLAIN = msgspec.json.encode
_LONG_NUMBER = rf"[:,\[]\s*-?[0-9][0-9.]{{{DIGITS}}}"


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
        self._fields = [field.alias or name for name, field in shape.contract.model_fields.items()]

    def read(self, documents: Iterable[tuple[str, bytes | msgspec.Raw]]) -> tuple[pa.Table, list[Unfit]]:
        """Of documents with their places, the usable ones as a table of the schema PREPARED, and the others."""
        rows: list[tuple[str, str, str | None, str | None, str, bytes]] = []
        unusable: list[Unfit] = []
        for place, raw in documents:
            data = bytes(raw)
            try:
                rows.append(self._row(data, place))
            except _Refusal as refusal:
                unusable.append(self._unusable(place, data, refusal))
        columns = zip(*rows, strict=True) if rows else [()] * len(PREPARED)
        table = pa.table([pa.array(column, pa.string()) for column in columns], schema=PREPARED)
        return self._without_long_numbers(table, unusable), unusable

    def _row(self, data: bytes, place: str) -> tuple[str, str, str | None, str | None, str, bytes]:
        document, canonical = self._decoded(data)
        # `get` would make a field that is absent one that is null.
        known = {name: _as_text(document[name]) for name in self._fields if name in document}
        if broken := contracts.explain(self._shape.contract, known):
            rule, field, reason = broken
            raise _Refusal(rule, reason, field)
        shape = self._shape
        key = _PLAIN([self._feed.source, self._feed.entity, *(known[name] for name in shape.natural_key)])
        person = _as_text(document.get(shape.subject)) if shape.subject else None
        return (
            digest(key),
            digest(canonical),
            known.get(shape.record_at) if shape.record_at else None,
            person.strip().lower() if isinstance(person, str) else None,
            place,
            data,
        )

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
        if self._shape.volatile:
            for name in self._shape.volatile:
                document.pop(name, None)
            canonical = _SORTED(document)
        return document, canonical

    def _without_long_numbers(self, table: pa.Table, unusable: list[Unfit]) -> pa.Table:
        if self._shape.exact is None or not table.num_rows:
            return table
        doubtful = pc.indices_nonzero(pc.match_substring_regex(table["_document"], _LONG_NUMBER)).to_pylist()
        refused = set()
        for index in doubtful:
            data = table["_document"][index].as_py().encode()
            field = next(_too_long(_DECODE(data), self._shape.exact), None)
            if field:
                refused.add(index)
                refusal = _Refusal("digits", f"{field} has more than {DIGITS} significant digits", field)
                unusable.append(self._unusable(table["place"][index].as_py(), data, refusal))
        if not refused:
            return table
        return table.take(pa.array([index for index in range(table.num_rows) if index not in refused], pa.int64()))

    def _unusable(self, place: str, data: bytes, refusal: _Refusal) -> Unfit:
        if refusal.rule == "too_large":
            text = json.dumps({"raw": self._keep(data), "size_bytes": len(data)})
        else:
            text = data.decode(errors="backslashreplace")
        return Unfit(place, refusal.rule, refusal.field or None, str(refusal), text)


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
