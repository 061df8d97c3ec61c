"""How much a file has in common with the files that it would replace: a correction repeats most of their keys."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ingestion import duckdb_engine
from ingestion.pulls import EVERYTHING
from ingestion.records.text_rows import Lines

if TYPE_CHECKING:
    import duckdb

    Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]

KEPT = 512
"""So many keys of each part are compared: the smallest hashes, which are the same sample of every file."""


@dataclass(frozen=True)
class Keys:
    """The distinct keys of a part, or of very many those with hashes up to `bound`."""

    hashes: "Hashes"
    bound: int | None = None

    @classmethod
    def of(cls, smallest: "Hashes") -> "Keys":
        """From the `KEPT` smallest hashes, of which some may be equal."""
        return cls(np.unique(smallest), int(smallest.max()) if len(smallest) == KEPT else None)


@dataclass(frozen=True)
class Look:
    """What a file holds: the keys of each part, and its newest day."""

    keys: dict[str, Keys]
    newest: date | None = None


@dataclass
class Overlap:
    """Looks at the lines of files. `key` names the fields of a key, `part` that of a part, `newest` that of a day."""

    key: tuple[str, ...]
    part: str | None
    newest: str | None
    scratch: Path
    memory: str
    _databases: list["duckdb.DuckDBPyConnection"] = field(default_factory=list)

    def look(self, lines: Lines) -> Look:
        """Read a file once, in bounded memory."""
        place = {name: f"c{number}" for number, name in enumerate(lines.columns)}
        part = f"left({place[self.part]}, 10)" if self.part else f"'{EVERYTHING}'"
        key = ", ".join(place[name] for name in self.key)
        newest = f"max(try_cast({place[self.newest]} as date))" if self.newest else "null::date"
        database = self._database()
        database.register("lines", pa.RecordBatchReader.from_batches(lines.schema, lines.batches()))
        query = f"select {part} as part, min(hash({key}), {KEPT}) as keys, {newest} as newest from lines group by part"
        found = database.execute(query).to_arrow_table()
        database.unregister("lines")
        keys = {
            row: Keys.of(hashes.values.to_numpy(zero_copy_only=False))
            for row, hashes in zip(found["part"].to_pylist(), found["keys"], strict=True)
        }
        return Look(keys, max(filter(None, found["newest"].to_pylist()), default=None))

    def close(self) -> None:
        """Give DuckDB's memory back."""
        for database in self._databases:
            database.close()
        self._databases.clear()

    def _database(self) -> "duckdb.DuckDBPyConnection":
        if not self._databases:
            self._databases.append(duckdb_engine.connect(self.memory, self.scratch))
        return self._databases[0]


def in_common(mine: Keys, theirs: Keys) -> float:
    """Which share of the smaller one's keys is in both."""
    bounds = [keys.bound for keys in (mine, theirs) if keys.bound is not None]
    ours, others = (keys.hashes[keys.hashes <= min(bounds)] if bounds else keys.hashes for keys in (mine, theirs))
    smaller = min(len(ours), len(others))
    return len(np.intersect1d(ours, others, assume_unique=True)) / smaller if smaller else 1.0
