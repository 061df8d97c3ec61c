"""Compressed files: gzip and zip with one member, unpacked within bounds, so that a bomb costs nothing."""

import gzip
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from ingestion.errors import Refused
from ingestion.lake.raw import IN_MEMORY, Content

_BLOCK = 1 << 20
MAX_UNPACKED = 8 << 30
"""No file may unpack to more bytes than this."""
MAX_RATIO = 200
"""Nor to more than this many times its size, once it is past `_FREE` bytes; real tables stay below 30."""
_FREE = 64 << 20


def unpack(content: Content, scratch: Path) -> Content:
    """`content` without its gzip or zip wrapping; anything else, workbooks too, comes back as it is.

    Raises Refused for a damaged or truncated archive, one with several files, or one that unpacks to too much.
    """
    with content.open() as stream:
        magic = stream.read(4)
    if magic[:2] == b"\x1f\x8b":
        with content.open() as stream, gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
            return _bounded(cast(BinaryIO, unpacked), content, scratch)
    if magic == b"PK\x03\x04" and not is_workbook(content, scratch):
        with seekable(content, scratch) as stream, _archive(stream) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise Refused("zip_members", f"the zip holds {len(members)} files where one is expected")
            with reading("the zip"), archive.open(members[0]) as unpacked:
                return _bounded(cast(BinaryIO, unpacked), content, scratch)
    return content


def is_workbook(content: Content, scratch: Path) -> bool:
    """True for an XLSX file, told by what the zip holds."""
    with content.open() as stream:
        if stream.read(4) != b"PK\x03\x04":
            return False
    with seekable(content, scratch) as stream, _archive(stream) as archive:
        names = set(archive.namelist())
        return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


@contextmanager
def seekable(content: Content, scratch: Path) -> Iterator[BinaryIO]:
    """A stream of the bytes that can be wound back; what comes out of the archive cannot, and is copied."""
    with content.open() as stream:
        if stream.seekable():
            yield stream
            return
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(scratch)) as spool:
            while block := stream.read(_BLOCK):
                spool.write(block)
            spool.seek(0)
            yield cast(BinaryIO, spool)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever a library makes of damaged bytes into Refused; faults of this machine stay what they are."""
    try:
        yield
    except Refused:
        raise
    except RuntimeError as error:
        raise Refused("zip_method", f"{what} is encrypted or packed in a way that cannot be read") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise Refused("damaged_archive", f"{what} is damaged or breaks off") from error


def _archive(stream: BinaryIO) -> zipfile.ZipFile:
    with reading("the zip"):
        return zipfile.ZipFile(stream)


def _bounded(unpacked: BinaryIO, content: Content, scratch: Path) -> Content:
    """Read `unpacked` to its end, in memory while it is small, else into a file in `scratch`."""
    limit = min(MAX_UNPACKED, max(_FREE, content.size_bytes * MAX_RATIO))
    head = bytearray()
    path = scratch / f"{content.content_hash}.unpacked"
    total = 0
    sink: BinaryIO | None = None
    whole = False
    try:
        while block := _read(unpacked):
            total += len(block)
            if total > limit:
                raise Refused("unpacks_to_too_much", f"unpacks to more than {limit >> 20} MB, as a bomb would")
            if sink is None and total <= IN_MEMORY:
                head += block
                continue
            if sink is None:
                scratch.mkdir(parents=True, exist_ok=True)
                sink = path.open("wb")
                sink.write(head)
                head.clear()
            sink.write(block)
        whole = True
    finally:
        if sink is not None:
            sink.close()
            if not whole:
                path.unlink()
    return Content(content.content_hash, total, None if sink else bytes(head), path if sink else None)


def _read(unpacked: BinaryIO) -> bytes:
    with reading("the compressed file"):
        return unpacked.read(_BLOCK)
