"""The raw archive: every file as it came, compressed, under the SHA-256 of its content."""

import hashlib
import io
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from ingestion.environment import Environment
from ingestion.lake import bucket

_BLOCK = 1 << 20
IN_MEMORY = 16 << 20


@dataclass(frozen=True)
class Content:
    """A file's content: its hash, its size in bytes, and how to read it again."""

    content_hash: str
    size_bytes: int
    data: bytes | None
    path: Path | None

    @classmethod
    def of(cls, data: bytes) -> "Content":
        """The content of a file that is small, or must be held anyway."""
        return cls(hashlib.sha256(data).hexdigest(), len(data), data, None)

    def open(self) -> BinaryIO:
        """A stream of the bytes as they came."""
        if self.data is not None:
            return io.BytesIO(self.data)
        assert self.path is not None
        if self.path.suffix == ".zst":
            return cast(BinaryIO, pa.CompressedInputStream(pa.OSFile(str(self.path), "rb"), "zstd"))
        return self.path.open("rb")


def relative(system: str, content_hash: str) -> str:
    """Where a file of a system lies inside the lake."""
    return f"raw/{system}/{content_hash[:2]}/{content_hash}.zst"


def read(path: Path) -> Content:
    """The content of a file, hashed; small files are kept in memory, larger ones only named."""
    size = path.stat().st_size
    if size <= IN_MEMORY:
        return Content.of(path.read_bytes())
    digest = hashlib.sha256()
    total = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            total += len(block)
    return Content(digest.hexdigest(), total, None, path)


def archive(environment: Environment, system: str, content: Content) -> Content:
    """Keep `content` in the archive, and return it as read from there: what is parsed is what was kept.

    Raises OSError where the file has changed since it was hashed.
    """
    target = _place(environment, system, content.content_hash)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{secrets.token_hex(4)}.partial")
        try:
            if _compress(content, partial) != content.content_hash:
                raise OSError("the file changed while it was read")
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    if environment.bucket:
        uri = f"{environment.bucket}/{relative(system, content.content_hash)}"
        if not bucket.has(uri):
            bucket.upload(target, uri)
    return content if content.data is not None else Content(content.content_hash, content.size_bytes, None, target)


def archived(environment: Environment, system: str, content_hash: str, size_bytes: int) -> Content:
    """The content of an archived file."""
    target = _place(environment, system, content_hash)
    if environment.bucket and not target.exists():
        bucket.download(f"{environment.bucket}/{relative(system, content_hash)}", target)
    return Content(content_hash, size_bytes, None, target)


def _place(environment: Environment, system: str, content_hash: str) -> Path:
    """The archived file on this machine: of a bucket's, a copy that may go whenever nothing runs."""
    return (environment.work if environment.bucket else environment.lake) / relative(system, content_hash)


def _compress(content: Content, target: Path) -> str:
    digest = hashlib.sha256()
    with content.open() as source, pa.CompressedOutputStream(str(target), "zstd") as sink:
        while block := source.read(_BLOCK):
            digest.update(block)
            sink.write(block)
    return digest.hexdigest()
