"""XLSX workbooks of one table: the first sheet, its first row the header, every cell as text."""

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineWorkbook

from ingestion.errors import Refused
from ingestion.extract.lines import BadLine, Lines, check_header
from ingestion.extract.unpack import reading, seekable
from ingestion.raw import Content

MAX_UNPACKED = 2 << 30
_BATCH = 20_000


def read(content: Content, required: list[str], scratch: Path) -> Lines:
    """The rows of the first sheet. Whole numbers lose their `.0`, times are written `2011-12-09 12:50:00`, days alike.

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
        check_header(names, required, top)
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
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, dt.date):
        # A time at midnight arrives as a day.
        return f"{cell} 00:00:00"
    return str(cell)
