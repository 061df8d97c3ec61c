"""Compressed files: gzip and zip with one member, unpacked within bounds, so that a bomb costs nothing."""

import gzip
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from ingestion.errors import Refused
from ingestion.raw import IN_MEMORY, Content

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
            return _bounded(unpacked, content, scratch)
    if magic == b"PK\x03\x04" and not is_workbook(content):
        with content.open() as stream, _archive(stream, scratch) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise Refused("zip_members", f"the zip holds {len(members)} files where one is expected")
            try:
                with archive.open(members[0]) as unpacked:
                    return _bounded(unpacked, content, scratch)
            except (NotImplementedError, RuntimeError) as error:
                raise Refused("zip_method", "the zip is encrypted or packed in a way that cannot be read") from error
    return content


def is_workbook(content: Content) -> bool:
    """True for an XLSX file, told by what the zip holds."""
    with content.open() as stream:
        if stream.read(4) != b"PK\x03\x04":
            return False
    with content.open() as stream, _archive(stream, None) as archive:
        names = set(archive.namelist())
        return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def _archive(stream: BinaryIO, scratch: Path | None) -> zipfile.ZipFile:
    try:
        if not stream.seekable():
            spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(scratch) if scratch else None)  # noqa: SIM115
            while block := stream.read(_BLOCK):
                spool.write(block)
            return zipfile.ZipFile(spool)
        return zipfile.ZipFile(stream)
    except zipfile.BadZipFile as error:
        raise Refused("damaged_archive", "the zip is damaged or incomplete") from error


def _bounded(unpacked: object, content: Content, scratch: Path) -> Content:
    """Read `unpacked` to its end, in memory while it is small, else into a file in `scratch`."""
    limit = min(MAX_UNPACKED, max(_FREE, content.size_bytes * MAX_RATIO))
    head = bytearray()
    path: Path | None = None
    total = 0
    sink: BinaryIO | None = None
    try:
        while block := unpacked.read(_BLOCK):  # type: ignore[attr-defined]
            total += len(block)
            if total > limit:
                raise Refused("unpacks_to_too_much", f"unpacks to more than {limit >> 20} MB, as a bomb would")
            if sink is None and total <= IN_MEMORY:
                head += block
                continue
            if sink is None:
                scratch.mkdir(parents=True, exist_ok=True)
                path = scratch / f"{content.content_hash}.unpacked"
                sink = path.open("wb")
                sink.write(head)
                head.clear()
            sink.write(block)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise Refused("damaged_archive", "the compressed file is damaged or breaks off") from error
    finally:
        if sink is not None:
            sink.close()
    return Content(content.content_hash, total, None if path else bytes(head), path)
