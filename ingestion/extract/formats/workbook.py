"""XLSX workbooks of one table: the first sheet, its first row the header, every cell as text."""

import datetime as dt
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineWorkbook

from ingestion.errors import Refused
from ingestion.extract.formats.unpack import reading, seekable
from ingestion.lake.raw import Content
from ingestion.records.text_rows import NO_ALIASES, BadLine, Lines, check_header, renamed

MAX_UNPACKED = 2 << 30
DIGITS = 15
_BATCH = 20_000


def read(content: Content, required: list[str], scratch: Path, aliases: Mapping[str, str] = NO_ALIASES) -> Lines:
    """The rows of the first sheet, as it shows them.

    Numbers have 15 significant digits, whole ones no point; times are written `2011-12-09 12:50:00`, rounded to the
    second, days alike.

    The header is the first row that is not empty. Raises Refused where the file is no readable workbook, or its
    header lacks a required column or names one twice.
    """
    with seekable(content, scratch) as stream:
        with reading("the workbook"):
            with zipfile.ZipFile(stream) as archive:
                if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                    raise Refused(
                        "unpacks_to_too_much", f"unpacks to more than {MAX_UNPACKED >> 20} MB, as a bomb would"
                    )
            stream.seek(0)
            sheet = CalamineWorkbook.from_filelike(stream).get_sheet_by_index(0)
        rows = enumerate(sheet.iter_rows(), 1)
        top, header = next(((number, row) for number, row in rows if any(map(_text, row))), (1, []))
        names = [_text(cell).strip() for cell in header]
        while names and not names[-1]:
            names.pop()
        names = renamed(names, aliases)
        check_header(names, required, top, aliases)
        lines = Lines(names, scratch)
        batch: list[list[str]] = []
        numbers: list[int] = []
        for number, row in rows:
            texts = [_text(cell) for cell in row]
            if not any(texts):
                continue
            if any(texts[len(names) :]):
                lines.bad.append(BadLine(number, "field_count", "has cells beyond the header's columns", str(texts)))
                continue
            batch.append((texts + [""] * len(names))[: len(names)])
            numbers.append(number)
            if len(batch) == _BATCH:
                lines.add(_table(lines, batch, numbers))
                batch, numbers = [], []
        if batch:
            lines.add(_table(lines, batch, numbers))
    return lines.close()


def _table(lines: Lines, rows: list[list[str]], numbers: list[int]) -> pa.Table:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.table([*columns, pa.array(numbers, pa.int64())], schema=lines.schema)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return _rounded(cell).isoformat(sep=" ")
    if isinstance(cell, dt.date):
        # A time at midnight arrives as a day.
        return f"{cell} 00:00:00"
    if isinstance(cell, dt.time):
        return str(_rounded(dt.datetime.combine(dt.date(2000, 1, 1), cell)).time())
    if isinstance(cell, dt.timedelta):
        return str(dt.timedelta(seconds=round(cell.total_seconds())))
    return str(cell)


def _number(value: float) -> str:
    """As many digits as a spreadsheet keeps: what is behind them is noise of binary fractions."""
    text = f"{value + 0.0:.{DIGITS}g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _rounded(moment: dt.datetime) -> dt.datetime:
    """A time is a fraction of a day in a workbook, so that 10:00:00 may lie a hair before it."""
    half = dt.timedelta(milliseconds=500)
    return (moment + half if moment.year < dt.MAXYEAR else moment).replace(microsecond=0)
