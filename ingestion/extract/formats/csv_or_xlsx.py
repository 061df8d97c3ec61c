"""Files that hold one table, whatever their format: CSV or XLSX."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ingestion.extract.formats import csv_file, workbook
from ingestion.extract.formats.unpack import is_workbook
from ingestion.lake.raw import Content
from ingestion.records.text_rows import NO_ALIASES, Lines


def reader(aliases: Mapping[str, str]) -> Any:
    """A reader of tables whose columns may also be named as `aliases` says."""
    return partial(read, aliases=aliases)


def read(content: Content, required: list[str], scratch: Path, aliases: Mapping[str, str] = NO_ALIASES) -> Lines:
    """The lines of the table, told by the file's content. Raises Refused where the file cannot be used."""
    if is_workbook(content, scratch):
        return workbook.read(content, required, scratch, aliases)
    with content.open() as stream:
        return csv_file.read(stream, required, scratch, aliases)
