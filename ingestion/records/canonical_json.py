"""Documents with their keys sorted, which is what is hashed, without a tree of each: documents of a feed look alike.

What was read slowly teaches the shape: which keys there are, where objects stand and where numbers. Of a known shape
a document is read into structures whose fields are in order, its values left as the text they were. Whatever does
not fit exactly is read slowly; both ways end in the same bytes.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType, defstruct

LESSONS_AT_ONCE = 8
MAX_LESSONS = 512
MAX_FIELDS = 5_000
_DEPTH = 32
_ODD_NAME = re.compile(r'[\\"\x00-\x1f]')
_PLAIN = msgspec.json.Encoder().encode
_ONE = msgspec.json.Decoder(float_hook=Raw).decode


@dataclass
class _Kind:
    """What was seen at one place of a document."""

    fields: "dict[str, _Kind] | None" = None
    elements: "_Kind | None" = None
    scalars: set[type] = field(default_factory=set)

    def learn(self, value: Any, depth: int = 0) -> int:
        """Take a value in; the number of fields that are new. What is too deep is not looked into."""
        if isinstance(value, dict) and depth < _DEPTH:
            if self.fields is None:
                self.fields = {}
            before = len(self.fields)
            # What is written with an escape cannot be the name of a structure's field.
            names = [name for name in value if not _ODD_NAME.search(name)]
            inner = sum(self.fields.setdefault(name, _Kind()).learn(value[name], depth + 1) for name in names)
            return inner + len(self.fields) - before
        if isinstance(value, list) and depth < _DEPTH:
            if self.elements is None:
                self.elements = _Kind()
            return sum(self.elements.learn(one, depth + 1) for one in value)
        self.scalars.add(type(value))
        return 0

    @property
    def holds_objects(self) -> bool:
        """True where keys stand somewhere below."""
        return self.fields is not None or (self.elements is not None and self.elements.holds_objects)

    def read_as(self, made: Callable[[Any], None], is_wanted: bool = False) -> Any:
        """What msgspec reads it as: scalars as the text they are, where that costs less."""
        if not self.scalars.isdisjoint({dict, list}):
            # Too deep to be looked into: blanks and keys in it would stay as they are.
            return UnsetType | None
        simple = self.scalars <= {int, bool, type(None)} or (is_wanted and Raw not in self.scalars)
        if self.elements is None and not self.holds_objects and not simple:
            return Raw
        # A number that is not whole cannot stand beside these: a document with one is read slowly.
        found: Any = UnsetType | None
        for scalar in self.scalars & {int, bool, str}:
            found |= scalar
        if self.fields is not None:
            found |= self.structure(made)
        if self.elements is not None:
            found |= list[self.elements.read_as(made)]  # type: ignore[misc]
        return found

    def structure(self, made: Callable[[Any], None], wanted: tuple[str, ...] = ()) -> type[msgspec.Struct]:
        """A structure of these fields, in order; `made` is called with each that is read."""
        known = sorted((self.fields or {}).items())
        fields = [(f"f{n}", kind.read_as(made, name in wanted), UNSET) for n, (name, kind) in enumerate(known)]
        names = {f"f{n}": name for n, (name, _) in enumerate(known)}
        return defstruct(
            "Fields", fields, rename=names, namespace={"__post_init__": made}, forbid_unknown_fields=True, gc=False
        )


@dataclass(frozen=True)
class _Shape:
    """How documents of a known shape are read; `made` holds the objects of the one that is being read."""

    decode: Callable[[bytes], Any]
    made: list[Any]
    wanted: list[str]
    volatile: list[str]
    lock: threading.Lock = field(default_factory=threading.Lock)


class Sorter:
    """Sorts the documents of one feed. May be used by several threads at once.

    `wanted` names fields whose values are asked for, `volatile` those that are left out.
    """

    def __init__(self, wanted: tuple[str, ...], volatile: tuple[str, ...] = ()) -> None:
        self._wanted = wanted
        self._volatile = volatile
        self._seen = _Kind(fields={})
        self._fields = self._lessons = self._since = 0
        self._lock = threading.Lock()
        self._known: _Shape | None = None

    def learn(self, document: dict[str, Any]) -> None:
        """Take in what a document looks like that was read slowly."""
        with self._lock:
            if self._lessons == MAX_LESSONS or self._fields > MAX_FIELDS:
                return
            self._lessons += 1
            self._since += 1
            self._fields += self._seen.learn(document)
            if self._since == LESSONS_AT_ONCE:
                self._since = 0
                self._known = self._prepared()

    def _prepared(self) -> "_Shape":
        made: list[Any] = []
        structure = self._seen.structure(made.append, self._wanted)
        fields, names = structure.__struct_fields__, structure.__struct_encode_fields__
        places = dict(zip(names, fields, strict=True))
        return _Shape(
            decode=msgspec.json.Decoder(structure).decode,
            made=made,
            wanted=[places.get(name, "") for name in self._wanted],
            volatile=[places[name] for name in self._volatile if name in places],
        )

    def sort(self, data: bytes) -> tuple[list[Any], bytes] | None:
        """The wanted values of a document and its sorted text; None where it has to be read slowly.

        A value that is absent is UNSET, a list comes empty, and of an object none. `data` must be UTF-8 and hold no
        number `-0`, which the slow way takes for a 0.
        """
        shape = self._known
        if shape is None:
            return None
        try:
            text = _unescaped(data) if b"\\" in data else data
            with shape.lock:
                shape.made.clear()
                found = shape.decode(text)
                objects = len(shape.made)
            whole = _PLAIN(found)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        # Whatever was lost makes it shorter: blanks, or the first of two equal keys.
        if len(whole) != len(text) or not _are_all(objects, text):
            return None
        for place in shape.volatile:
            setattr(found, place, UNSET)
        values = [_short(getattr(found, place, UNSET)) for place in shape.wanted]
        return values, _PLAIN(found) if shape.volatile else whole


def _short(value: Any) -> Any:
    """A scalar; of anything else not what it holds, which would stay in memory."""
    if isinstance(value, Raw):
        return _ONE(value)
    if isinstance(value, list):
        return []
    return None if isinstance(value, msgspec.Struct) else value


def _are_all(objects: int, text: bytes) -> bool:
    """True where as many objects were read as stand in a text without blanks: in any other, keys are not sorted."""
    # The second is slower, and right where braces stand in strings.
    return objects == text.count(b"{") or objects == text.count(b'{"') + text.count(b"{}")


def _unescaped(data: bytes) -> bytes:
    """The same with only the escapes that are written where there is a choice."""
    at, last = data.find(b"\\"), 0
    pieces = []
    while at >= 0:
        follows = data[at + 1 : at + 2]
        end = at + 2
        if follows == b"/":
            pieces += [data[last:at], b"/"]
            last = end
        elif follows == b"u":
            # Two halves of a character belong together.
            while data[end + 4 : end + 6] == b"\\u":
                end += 6
            end += 4
            pieces += [data[last:at], _PLAIN(_ONE(b'"%b"' % data[at:end]))[1:-1]]
            last = end
        at = data.find(b"\\", end)
    pieces.append(data[last:])
    return b"".join(pieces)
