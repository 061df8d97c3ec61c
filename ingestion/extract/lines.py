"""Tables out of files: text columns with line numbers, in batches, and what could not be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.errors import Refused
from ingestion.extract.spool import Spool
from ingestion.raw import IN_MEMORY


@dataclass(frozen=True)
class BadLine:
    """A line that is no record of the table: where, which rule, why, and its text."""

    line: int
    rule: str
    reason: str
    text: str
    field: str | None = None


@dataclass(frozen=True)
class Documents:
    """The records of a small file as documents, each with the line it began on."""

    records: list[tuple[int, dict[str, Any]]]


LINE = "_line"


def schema(width: int) -> pa.Schema:
    """The Arrow schema of a table of `width` text columns, `c0` and on, and the line each began on."""
    return pa.schema([*(pa.field(f"c{i}", pa.string()) for i in range(width)), pa.field(LINE, pa.int64())])


_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"))


def check_header(names: list[str], required: list[str], line: int) -> None:
    """Raise Refused where a header, found on `line`, lacks a required column or names one twice."""
    missing = [name for name in required if name not in names]
    if missing:
        hint = ""
        if len(names) == 1:
            hint = next((f"; it seems to be separated by {n}" for s, n in _SEPARATORS if s in names[0]), "")
        raise Refused(
            "header",
            f"the first line must name the columns; {len(missing)} of {len(required)} are missing: "
            f"{', '.join(missing)}{hint}",
            line=line,
            field=missing[0],
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refused("header", f"the first line names {', '.join(twice)} twice", line=line, field=twice[0])


class Lines:
    """The readable lines of one file, in memory while they are few, else in a file of their own."""

    def __init__(self, columns: list[str], scratch: Path) -> None:
        self.columns = columns
        self.schema = schema(len(columns))
        self.bad: list[BadLine] = []
        self._spool = Spool(self.schema, scratch, IN_MEMORY)

    def add(self, table: pa.Table) -> None:
        """Take the next lines of the file."""
        self._spool.add(table)

    def close(self) -> "Lines":
        """End of the file."""
        self._spool.close()
        return self

    @property
    def rows(self) -> int:
        """How many lines could be read."""
        return self._spool.rows

    @property
    def is_large(self) -> bool:
        """True where the lines lie in a file of their own."""
        return self._spool.is_large

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All lines, as often as it is called."""
        return self._spool.batches()

    def discard(self) -> None:
        """Give back the memory or the file."""
        self._spool.discard()
