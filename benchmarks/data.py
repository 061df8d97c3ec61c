"""The input: the shipped days as they are, or with each line copied under invoices of its own."""

import os
import re
import shutil
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ARCHIVE = PROJECT / "data" / "online_retail" / "uci_online_retail_by_day.tar.gz"
RATES = PROJECT / "data" / "ecb_fx" / "eurofxref-hist.zip"
DAILY_RATES = PROJECT / "data" / "ecb_fx" / "eurofxref-daily.xml"
LINES = 541_909
NET = 9_747_747.934

_INVOICE = re.compile(rb"^([AC]?\d{6}),", re.MULTILINE)


@dataclass(frozen=True)
class Days:
    """One CSV a day, oldest first, with `copies` of each line."""

    files: tuple[Path, ...]
    copies: int

    @property
    def is_all(self) -> bool:
        """True where every shipped day is there, so that UCI's totals are known."""
        return len(self.files) == 305


def prepare(folder: Path, copies: int = 1, days: int | None = None) -> Days:
    """Write the first `days` files into `folder`, unless they are there, and return them."""
    done = folder / ".complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with tarfile.open(ARCHIVE) as archive:
            members = sorted((m for m in archive if m.isfile()), key=lambda m: Path(m.name).name)
            for member in members[:days]:
                text = archive.extractfile(member).read()  # type: ignore[union-attr]
                _write(folder / Path(member.name).name, _copied(text, copies))
        done.touch()
    return Days(tuple(sorted(folder.glob("*.csv"))[:days]), copies)


def drop(folder: Path, files: tuple[Path, ...]) -> Path:
    """Put files into a drop folder as somebody else would have: whole, with the time they had."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        try:
            os.link(file, folder / file.name)
        except OSError:
            shutil.copy2(file, folder / file.name)
    return folder


def _copied(text: bytes, copies: int) -> bytes:
    header, _, body = text.partition(b"\n")
    body = body if body.endswith(b"\n") else body + b"\n"
    # The copies are made on bytes: true only while each line begins with an unquoted invoice number.
    if len(_INVOICE.findall(body)) != body.count(b"\n"):
        raise ValueError("a line does not begin with an invoice number")
    more = (_INVOICE.sub(rb"\g<1>%d," % copy, body) for copy in range(1, copies))
    return b"".join([header, b"\n", body, *more])


def _write(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    # A file of a day came at the end of that day, whenever the benchmark ran.
    came = datetime.fromisoformat(path.stem).replace(tzinfo=UTC).timestamp() + 86_400
    os.utime(path, (came, came))
