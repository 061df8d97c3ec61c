"""The keyed hash of the person that a record is about (`_subject_key`), so that erasure can find its rows."""

import hashlib
import hmac

import pyarrow as pa
import pyarrow.compute as pc


def subject_keys(key: bytes, system: str, source: str, people: pa.Array | pa.ChunkedArray) -> pa.Array:
    """HMAC-SHA256 (RFC 2104), 128 bits as hex, of each person's number within its source; null where it is empty.

    Hashed once per distinct person of the batch.
    """
    column = people.combine_chunks() if isinstance(people, pa.ChunkedArray) else people
    coded = pc.dictionary_encode(column)
    salt = f"{system}\x1f{source}\x1f"
    keys = pa.array(
        [
            hmac.new(key, (salt + person).encode(), hashlib.sha256).hexdigest()[:32] if person else None
            for person in coded.dictionary.to_pylist()
        ],
        pa.string(),
    )
    return keys.take(coded.indices)
