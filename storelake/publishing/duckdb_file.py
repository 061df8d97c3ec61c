"""Publishing: after a green build the work file is put where people open it, at once and whole."""

import fcntl
import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake.dbt_runner import duckdb_extensions
from storelake.dbt_runner.runner import work_file
from storelake.publishing import gates

if TYPE_CHECKING:
    import duckdb

    from ingestion.maintenance.check import Problem

KEPT = 3
"""How many published files one can go back to, with the one that readers see."""
_FICLONE = 0x40049409
_READ_ONLY = 0o440
"""Who opens a published file to write would change it, or leave a log that DuckDB adds to the next one."""
_ADVICE = "Run storelake publish, and let clients open it with access_mode=read_only."


def published_file(environment: Environment) -> Path:
    """The DuckDB file that people and BI tools open."""
    return environment.lake / "storelake.duckdb"


def publish(environment: Environment) -> Path:
    """Replace the published file by a copy of the work file; raises NotGreen where a gate is not green over that.

    Whoever has the old one open goes on reading it; whoever opens it next gets the new one. It is not
    synced to the disk: after a power failure it is published again from the work file, or rebuilt.
    """
    source = work_file(environment)
    if not source.exists():
        raise StorelakeError("There is nothing to publish yet: run storelake build.")
    target = published_file(environment)
    with _held(source) as database, _partial(target) as partial:
        _demand_green(database)
        _copy(source, partial)
        _keep(environment, partial)
        _show(partial, target)
    for old in sorted(kept_files(environment))[:-KEPT]:
        old.unlink(missing_ok=True)
    return target


@contextmanager
def _held(file: Path) -> "Iterator[duckdb.DuckDBPyConnection]":
    """The work file open to read, so that no build can begin meanwhile.

    What stands beside it is written into it first: a build goes on, was killed, or could not for lack of space, about
    which DuckDB says nothing while it closes a file.
    """
    import duckdb  # noqa: PLC0415

    config: dict[str, Any] = {"extension_directory": str(duckdb_extensions.FOLDER)}
    log = _log(file)
    try:
        if log.exists() and log.stat().st_size:
            with duckdb.connect(str(file), config=config) as database:
                database.execute("force checkpoint")
        with duckdb.connect(str(file), read_only=True, config=config) as database:
            yield database
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise StorelakeError(
            "The work file is still being written by another build: publish when it has ended."
        ) from None


def _demand_green(database: "duckdb.DuckDBPyConnection") -> None:
    import duckdb  # noqa: PLC0415

    try:
        found = database.execute(gates.QUERY.format("ops.open_gates")).fetchall()
    except duckdb.CatalogException:
        raise gates.NotGreen from None
    if found:
        raise gates.NotGreen([gates.Gate(*row) for row in found])


def roll_back(environment: Environment, number: int | None = None) -> Path:
    """Show readers an earlier published file that is still kept: the one of this number, or the one before theirs."""
    target = published_file(environment)
    if not target.exists():
        raise StorelakeError("Nothing is published yet: run storelake build.")
    kept = sorted(kept_files(environment))
    earlier = list(itertools.takewhile(lambda path: not _is_shown(path, target), kept))
    wanted = [path for path in kept if int(path.stem) == number] if number is not None else earlier
    if not wanted:
        asked = "There is no earlier file" if number is None else f"There is no file {number}"
        known = ", ".join(str(int(path.stem)) for path in kept) or "none"
        raise StorelakeError(f"{asked}: kept are {known}.")
    with _partial(target) as partial:
        _copy(wanted[-1], partial)
        _same_times(wanted[-1], partial)
        _show(partial, target)
    return wanted[-1]


def check(environment: Environment) -> "Iterator[Problem]":
    """What is wrong with the published file: a client has opened it to write."""
    from ingestion.maintenance.check import Problem  # noqa: PLC0415

    target = published_file(environment)
    if environment.bucket or not target.exists():
        return
    for file in (target, *sorted(kept_files(environment))):
        if _log(file).exists():
            what = "has changes of a DuckDB client beside it, which readers see and no build made"
            yield Problem(str(_log(file)), what, _ADVICE)
    kept = kept_files(environment)
    if kept and not any(_is_shown(file, target) for file in kept):
        yield Problem(str(target), "is not as it was published: a DuckDB client has written into it", _ADVICE)


def kept_files(environment: Environment) -> list[Path]:
    """The published files that one can go back to, under their numbers; the newest is what readers see, mostly."""
    return list((environment.lake / "published").glob("[0-9]*.duckdb"))


def _keep(environment: Environment, file: Path) -> None:
    """Keep a file that is about to be published, under a number: a file of its own, whatever is done to the other."""
    folder = environment.lake / "published"
    folder.mkdir(exist_ok=True)
    number = max((int(path.stem) for path in kept_files(environment)), default=0) + 1
    kept = folder / f"{number:06}.duckdb"
    with _partial(kept) as partial:
        _copy(file, partial)
        _same_times(file, partial)
        _log(kept).unlink(missing_ok=True)
        partial.replace(kept)


def _show(file: Path, target: Path) -> None:
    """Put a file where readers open it, without the log that a client may have left beside the one before."""
    _log(target).unlink(missing_ok=True)
    file.replace(target)
    # A client that had the one before open has perhaps begun another since.
    _log(target).unlink(missing_ok=True)


def _is_shown(kept: Path, target: Path) -> bool:
    """Whether readers see this kept file, unchanged: both have one time."""
    ours, theirs = kept.stat(), target.stat()
    return (ours.st_mtime_ns, ours.st_size) == (theirs.st_mtime_ns, theirs.st_size)


def _same_times(source: Path, target: Path) -> None:
    at = source.stat().st_mtime_ns
    os.utime(target, ns=(at, at))


def _log(file: Path) -> Path:
    """Where DuckDB writes what is not in a file yet, and reads it from whoever wrote it."""
    return file.with_name(file.name + ".wal")


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """A name beside a file that becomes it; what killed runs have left under such names goes."""
    for left in target.parent.glob(f".{target.name}.*"):
        left.unlink(missing_ok=True)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """A copy that nobody may write. The source is opened once: closing it gives back the lock that DuckDB has on it."""
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with source.open("rb") as read, os.fdopen(descriptor, "wb") as write:
        try:
            # Costs nothing where the file system can share blocks.
            fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
        except OSError:
            shutil.copyfileobj(read, write, 1 << 20)
        os.fchmod(write.fileno(), _READ_ONLY)
