"""The rows of an execution: kept in a file, told page by page, and written to S3 as CSV."""

import json
import tempfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = 1000
"""Rows of a page at most, as of Athena."""


class Results:
    """Rows of texts and NULLs in a file without a name; any page of them can be read."""

    def __init__(self) -> None:
        """Empty."""
        self.columns: list[dict[str, Any]] = []
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the execution)
        self._starts = array("Q")

    def add(self, row: list[str | None]) -> None:
        """Append a row."""
        self._starts.append(self._file.tell())
        self._file.write(json.dumps(row).encode() + b"\n")

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._starts)

    def rows(self, first: int, number: int) -> Iterator[list[str | None]]:
        """Some rows from a place on."""
        if first >= len(self._starts):
            return
        with open(self._file.fileno(), "rb", closefd=False) as file:
            file.seek(self._starts[first])
            for _, line in zip(range(min(number, len(self._starts) - first)), file, strict=False):
                yield json.loads(line)

    def flush(self) -> None:
        """Let what was written be read."""
        self._file.flush()

    def page(self, token: str | None, number: int, *, has_header: bool) -> tuple[list[list[str | None]], str | None]:
        """Rows from where the token says, with the names of the columns as the first of all, and the next token."""
        start = int(token) if token else 0
        names: list[list[str | None]] = [[one["Name"] for one in self.columns]] if has_header else []
        found = names[start : start + number]
        found += self.rows(max(0, start - len(names)), number - len(found))
        end = start + len(found)
        return found, str(end) if end < len(names) + len(self) else None

    def as_csv(self, path: Path, *, has_header: bool) -> None:
        """All rows as Athena writes them: values in quotes, nothing at all for NULL."""
        with path.open("w", encoding="utf-8", newline="") as file:
            if has_header:
                file.write(_line([one["Name"] for one in self.columns]))
            for row in self.rows(0, len(self)):
                file.write(_line(row))

    def as_text(self) -> str:
        """All rows as SHOW and DESCRIBE write them: fields parted by tabs."""
        return "".join("\t".join(value or "" for value in row) + "\n" for row in self.rows(0, len(self)))


def _line(row: list[str | None]) -> str:
    # Python's csv cannot tell NULL from an empty text before 3.12.
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"
