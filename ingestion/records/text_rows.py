"""Tables out of files: text columns with line numbers, in batches, and what could not be read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from ingestion.errors import Refused
from ingestion.lake.raw import IN_MEMORY
from ingestion.records.spool import Spool


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
NO_ALIASES: Mapping[str, str] = MappingProxyType({})


def schema(width: int) -> pa.Schema:
    """The Arrow schema of a table of `width` text columns, `c0` and on, and the line each began on."""
    return pa.schema([*(pa.field(f"c{i}", pa.string()) for i in range(width)), pa.field(LINE, pa.int64())])


_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"), ("|", "bars"))


def renamed(names: list[str], aliases: Mapping[str, str]) -> list[str]:
    """The columns of a header under the names that they have here; `aliases` are those that they have elsewhere."""
    return [aliases[name] if name in aliases and aliases[name] not in names else name for name in names]


def lookalike(name: str, names: Iterable[str]) -> str | None:
    """Which of some names differs from `name` only by case or blanks."""
    return next((other for other in names if other != name and _bare(other) == _bare(name)), None)


def _bare(name: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]", "", name).casefold()


def check_header(names: list[str], required: list[str], line: int, aliases: Mapping[str, str] = NO_ALIASES) -> None:
    """Raise Refused where a header, found on `line`, lacks a required column or names one twice."""
    missing = [name for name in required if name not in names]
    if missing:
        wanted = [missing[0], *(alias for alias, name in aliases.items() if name == missing[0])]
        found = next(((other, name) for name in wanted if (other := lookalike(name, names))), None)
        hint = f"; '{found[0]}' differs from '{found[1]}' only by case or blanks" if found else ""
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
