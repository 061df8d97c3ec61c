"""Tables out of files: text columns with line numbers, in batches, and what could not be read."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ingestion.errors import Refused
from ingestion.raw import IN_MEMORY


@dataclass(frozen=True)
class BadLine:
    """A line that is no record of the table: where, which rule, why, and its text."""

    line: int
    rule: str
    reason: str
    text: str
    field: str | None = None


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
        self.rows = 0
        self._scratch = scratch
        self._batches: list[pa.RecordBatch] = []
        self._bytes = 0
        self._path: Path | None = None
        self._writer: pa.RecordBatchFileWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Take the next lines of the file."""
        self.rows += table.num_rows
        self._bytes += table.nbytes
        if self._writer is None and self._bytes > IN_MEMORY:
            self._scratch.mkdir(parents=True, exist_ok=True)
            self._path = self._scratch / f"{secrets.token_hex(8)}.arrow"
            self._writer = pa.ipc.new_stream(
                str(self._path), self.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
            )
            for batch in self._batches:
                self._writer.write_batch(batch)
            self._batches = []
        if self._writer is not None:
            self._writer.write_table(table)
        else:
            self._batches.extend(table.to_batches())

    def close(self) -> "Lines":
        """End of the file."""
        if self._writer is not None:
            self._writer.close()
        return self

    @property
    def is_large(self) -> bool:
        """True where the lines lie in a file of their own."""
        return self._path is not None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All lines, as often as it is called."""
        if self._path is None:
            yield from self._batches
            return
        with pa.OSFile(str(self._path), "rb") as file, pa.ipc.open_stream(file) as reader:
            yield from reader

    def discard(self) -> None:
        """Give back the memory or the file."""
        self._batches = []
        if self._path is not None:
            self._path.unlink(missing_ok=True)
