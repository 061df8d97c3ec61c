"""The keyed hash of the person that a record is about (`_subject_key`), so that erasure can find its rows."""

import hashlib
import hmac
import re

import pyarrow as pa
import pyarrow.compute as pc

_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0+")


def subject_keys(key: bytes, realm: str, people: pa.Array | pa.ChunkedArray) -> pa.Array:
    """HMAC-SHA256 (RFC 2104), 128 bits as hex, of each person's mail or number within a realm; null where empty.

    Hashed once per distinct person of the batch.
    """
    column = people.combine_chunks() if isinstance(people, pa.ChunkedArray) else people
    coded = pc.dictionary_encode(column)
    keys = pa.array([_subject_key(key, realm, person) for person in coded.dictionary.to_pylist()], pa.string())
    return keys.take(coded.indices)


def normalised(person: str) -> str:
    """A person as silver reads it: without blanks around it, mails in lower case, whole numbers without decimals."""
    text = person.strip()
    if "@" in text:
        return text.lower()
    number = _WHOLE_NUMBER.fullmatch(text)
    return number[1] if number else text


def _subject_key(key: bytes, realm: str, person: str | None) -> str | None:
    text = normalised(person) if person else ""
    return hmac.new(key, f"{realm}\x1f{text}".encode(), hashlib.sha256).hexdigest()[:32] if text else None
