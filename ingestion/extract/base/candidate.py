"""A file that may be read: in a drop folder, or in the archive."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingestion.lake.raw import Content


@dataclass
class Candidate:
    """A file that may be new: in a drop folder, or in the archive when it is read again.

    `is_dated` is False where `modified_at` says only when it was fetched.
    """

    name: str
    path: Path
    size_bytes: int
    modified_at: datetime
    problem: str | None = None
    content: Content | None = None
    is_dated: bool = True
