"""Files that hold one table, whatever their format: CSV or XLSX."""

from pathlib import Path

from ingestion.extract import csv_file, workbook
from ingestion.extract.lines import Lines
from ingestion.extract.unpack import is_workbook
from ingestion.raw import Content


def read(content: Content, required: list[str], scratch: Path) -> Lines:
    """The lines of the table, told by the file's content. Raises Refused where the file cannot be used."""
    if is_workbook(content, scratch):
        return workbook.read(content, required, scratch)
    with content.open() as stream:
        return csv_file.read(stream, required, scratch)
