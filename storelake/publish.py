"""Publishing: after a green build the work file is put where people open it, at once and whole."""

import fcntl
import itertools
import os
import secrets
import shutil
from pathlib import Path

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake import extensions
from storelake.dbt import work_file

KEPT = 3
"""How many published files one can go back to, with the one that readers see."""
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
        _keep(environment, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    for old in sorted(kept_files(environment))[:-KEPT]:
        old.unlink(missing_ok=True)
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


def roll_back(environment: Environment, number: int | None = None) -> Path:
    """Show readers an earlier published file that is still kept: the one of this number, or the one before theirs."""
    target = published_file(environment)
    if not target.exists():
        raise StorelakeError("Nothing is published yet: run storelake build.")
    kept = sorted(kept_files(environment))
    earlier = list(itertools.takewhile(lambda path: not path.samefile(target), kept))
    wanted = [path for path in kept if int(path.stem) == number] if number is not None else earlier
    if not wanted:
        asked = "There is no earlier file" if number is None else f"There is no file {number}"
        known = ", ".join(str(int(path.stem)) for path in kept) or "none"
        raise StorelakeError(f"{asked}: kept are {known}.")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    _link(wanted[-1], partial)
    try:
        # Of two names of one file it would do nothing, and leave both.
        if not partial.samefile(target):
            os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return wanted[-1]


def kept_files(environment: Environment) -> list[Path]:
    """The published files that one can go back to, under their numbers; the newest is what readers see, mostly."""
    return list((environment.lake / "published").glob("[0-9]*.duckdb"))


def _keep(environment: Environment, file: Path) -> None:
    """Give a file that is about to be published a number; it takes no room of its own while it is what readers see."""
    folder = environment.lake / "published"
    folder.mkdir(exist_ok=True)
    number = max((int(path.stem) for path in kept_files(environment)), default=0) + 1
    _link(file, folder / f"{number:06}.duckdb")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # A file system without second names.
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as write:
        try:
            # Costs nothing where the file system can share blocks.
            fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
            return
        except OSError:
            pass
    shutil.copyfile(source, target)
