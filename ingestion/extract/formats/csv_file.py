"""CSV files: fast where every line is well formed, line by line where one is not, the same result either way.

A chunk of lines takes the fast way (pyarrow) only if each line that holds a quote obeys RFC 4180 on its own;
then any reader agrees on it. All others are read by Python's csv in strict mode, where a line that cannot
be read costs that line: a quote that never closes is given up after `MAX_RECORD_LINES` lines. Behind a quoted
field that could not be read, lines with quotes count only if they are well formed on their own: what may be
the rest of that field is never read as a record.
"""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pc

from ingestion.errors import Refused
from ingestion.records.text_rows import LINE, NO_ALIASES, BadLine, Lines, check_header, renamed

CHUNK = 4 << 20
MAX_LINE = 16 << 20
MAX_RECORD_LINES = 50
MAX_BAD_LINES = 50_000
csv.field_size_limit(MAX_LINE)
_BOM = b"\xef\xbb\xbf"
_FIELD = rb'(?:"(?:[^"\r]|"")*"|[^",\r]*)'
_WELL_FORMED = re.compile(rb"%s(?:,%s)*\r?" % (_FIELD, _FIELD))


def read_header(data: bytes) -> list[str] | None:
    """The names in the first line of `data`, or None where that line is no line of CSV in UTF-8."""
    line = data.removeprefix(_BOM).split(b"\n", 1)[0].rstrip(b"\r")
    if b"\x00" in line:
        return None
    try:
        rows = list(csv.reader([line.decode()], strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return [name.strip() for name in rows[0]] if rows else []


def read(stream: BinaryIO, required: list[str], scratch: Path, aliases: Mapping[str, str] = NO_ALIASES) -> Lines:
    """The lines of a CSV file in UTF-8 with a header and commas; columns may be named by their `aliases`.

    Lines that cannot be read are in `bad`. Raises Refused where the file as a whole cannot be used: it is
    empty, its header lacks a required column or names one twice, or it is in another encoding.
    """
    rest = stream.read(CHUNK)
    if not rest:
        raise Refused("empty_file", "the file is empty")
    if rest[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Refused("encoding", "the file is UTF-16; it must be UTF-8", line=1)
    rest = rest.removeprefix(_BOM)
    names = _checked_header(rest, required, aliases)
    header, _, rest = rest.partition(b"\n")
    reader = _ChunkReader(names, header.rstrip(b"\r"), scratch)
    ended = False
    while not ended:
        block = stream.read(CHUNK)
        ended = not block
        rest += block
        cut = len(rest) if ended else rest.rfind(b"\n") + 1
        if len(rest) - cut > MAX_LINE:
            raise Refused("line_too_long", f"a line is longer than {MAX_LINE >> 20} MB", line=reader.line)
        rest = reader.read(rest[:cut], is_last=ended) + rest[cut:]
    return reader.lines.close()


def _checked_header(data: bytes, required: list[str], aliases: Mapping[str, str]) -> list[str]:
    names = read_header(data)
    if names is None:
        raise Refused("encoding", "the first line is not CSV in UTF-8", line=1)
    names = renamed(names, aliases)
    check_header(names, required, 1, aliases)
    return names


class _ChunkReader:
    def __init__(self, names: list[str], header: bytes, scratch: Path) -> None:
        self.lines = Lines(names, scratch)
        self.line = 2
        self._header = header
        self._in_doubt = False

    def read(self, chunk: bytes, *, is_last: bool) -> bytes:
        """Read whole lines; what belongs to a record that goes on in the next chunk is returned."""
        if not chunk:
            return b""
        table = self._fast(chunk)
        if table is None:
            return self._slow(chunk, is_last)
        self.lines.add(table)
        self.line += table.num_rows
        self._in_doubt = self._in_doubt and b'"' not in chunk
        return b""

    def _fast(self, chunk: bytes) -> pa.Table | None:
        if b"\x00" in chunk or chunk.count(b"\r") != chunk.count(b"\r\n"):
            return None
        # Arrow makes empty lines rows, and drops a mark at the start of any chunk.
        if chunk.startswith((b"\n", b"\r\n", _BOM)) or b"\n\n" in chunk or b"\n\r\n" in chunk:
            return None
        if b'"' in chunk and not all(_WELL_FORMED.fullmatch(line) for line in chunk.split(b"\n") if b'"' in line):
            return None
        names = [f"c{i}" for i in range(len(self.lines.columns))]
        try:
            table = pc.read_csv(
                pa.BufferReader(chunk),
                read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=len(chunk) + 1),
                parse_options=pc.ParseOptions(newlines_in_values=False, ignore_empty_lines=False),
                convert_options=pc.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=True
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != chunk.count(b"\n") + (not chunk.endswith(b"\n")) or self._header in chunk:
            return None
        return table.append_column(LINE, pa.array(range(self.line, self.line + table.num_rows), pa.int64()))

    def _slow(self, chunk: bytes, is_last: bool) -> bytes:
        physical = chunk.split(b"\n")
        if physical[-1] == b"":
            physical.pop()
        records: list[list[str]] = []
        numbers: list[int] = []
        at = 0
        while at < len(physical):
            if not physical[at].strip(b"\r"):
                at += 1
                self.line += 1
                continue
            taken, fields = self._record(physical, at)
            if taken == 0:
                if not is_last:
                    break
                taken, fields = 1, BadLine(self.line, "unclosed_quote", "opens a quote that never closes", "")
                self._in_doubt = True
            if isinstance(fields, BadLine):
                self._refuse(fields, physical[at])
            else:
                records.append(fields)
                numbers.append(self.line)
            at += taken
            self.line += taken
        if records:
            columns = [pa.array(column, pa.string()) for column in zip(*records, strict=True)]
            self.lines.add(pa.table([*columns, pa.array(numbers, pa.int64())], schema=self.lines.schema))
        left = b"\n".join(physical[at:])
        return left + b"\n" if left else b""

    def _record(self, physical: list[bytes], at: int) -> tuple[int, list[str] | BadLine]:
        """(physical lines taken, fields or why not); 0 taken: the record may go on behind this chunk."""
        unclosed = BadLine(self.line, "unclosed_quote", "opens a quote that never closes", "")
        first = physical[at]
        if first.rstrip(b"\r") == self._header:
            return 1, BadLine(self.line, "repeated_header", "repeats the header", "")
        if b'"' in first and self._in_doubt:
            if not _WELL_FORMED.fullmatch(first):
                return 1, BadLine(self.line, "quotes", "may be the rest of a quoted field that could not be read", "")
            self._in_doubt = False
        texts: list[str] = []
        for taken, raw in enumerate(physical[at : at + MAX_RECORD_LINES], 1):
            problem = self._add(texts, raw)
            if problem is None:
                try:
                    rows = list(csv.reader(texts, strict=True))
                except csv.Error as error:
                    if "unexpected end of data" in str(error):
                        continue
                    problem = self._explain(str(error))
                else:
                    width, found = len(self.lines.columns), len(rows[0])
                    if found == width:
                        return taken, rows[0]
                    problem = BadLine(self.line, "field_count", f"has {found} fields where the header has {width}", "")
            self._in_doubt = self._in_doubt or b'"' in first
            return 1, problem if taken == 1 else unclosed
        if at + MAX_RECORD_LINES > len(physical):
            return 0, []
        self._in_doubt = True
        return 1, unclosed

    def _add(self, texts: list[str], raw: bytes) -> BadLine | None:
        if b"\x00" in raw:
            return BadLine(self.line, "nul_byte", "holds a NUL byte", "")
        try:
            texts.append(raw.decode() + "\n")
        except UnicodeDecodeError:
            return BadLine(self.line, "encoding", "is not UTF-8", "")
        return None

    def _explain(self, error: str) -> BadLine:
        if "new-line character" in error:
            return BadLine(self.line, "carriage_return", "holds a carriage return that ends no line", "")
        return BadLine(self.line, "quotes", "has a quoted field that goes on behind its closing quote", "")

    def _refuse(self, bad: BadLine, raw: bytes) -> None:
        text = raw.rstrip(b"\r").decode(errors="backslashreplace")
        self.lines.bad.append(BadLine(bad.line, bad.rule, bad.reason, text, bad.field))
        if len(self.lines.bad) > MAX_BAD_LINES:
            raise Refused("unreadable", f"more than {MAX_BAD_LINES:,} lines cannot be read", line=bad.line)
