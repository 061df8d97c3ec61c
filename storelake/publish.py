"""Publishing: after a green build the work file is put where people open it, at once and whole."""

import fcntl
import os
import secrets
import shutil
from pathlib import Path

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake import extensions
from storelake.dbt import work_file

_FICLONE = 0x40049409


def published_file(environment: Environment) -> Path:
    """The DuckDB file that people and BI tools open."""
    return environment.lake / "storelake.duckdb"


def publish(environment: Environment) -> Path:
    """Replace the published file by a copy of the work file.

    Whoever has the old one open goes on reading it; whoever opens it next gets the new one. It is not
    synced to the disk: after a power failure it is published again from the work file, or rebuilt.
    """
    source = work_file(environment)
    if not source.exists():
        raise StorelakeError("There is nothing to publish yet: run storelake build.")
    _write_out(source)
    target = published_file(environment)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        _copy(source, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _write_out(file: Path) -> None:
    """Put into the work file what stands beside it: a build goes on, was killed, or could not for lack of space, about
    which DuckDB says nothing while it closes a file."""
    log = file.with_name(file.name + ".wal")
    if not log.exists() or not log.stat().st_size:
        return
    import duckdb  # noqa: PLC0415

    try:
        with duckdb.connect(str(file), config={"extension_directory": str(extensions.FOLDER)}) as database:
            database.execute("force checkpoint")
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise StorelakeError(
            "The work file is still being written by another build: publish when it has ended."
        ) from None


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as write:
        try:
            # Costs nothing where the file system can share blocks.
            fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
            return
        except OSError:
            pass
    shutil.copyfile(source, target)
