"""Scratch space: folders of which others can tell whether the process that made them lives.

A process holds a lock on each of its folders, which the operating system gives back when it ends, however it ends. The
name of a host and the number of a process do not tell: two containers may have the same, and a new one has them again.
"""

import fcntl
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

LONG = 86_400.0
"""Seconds after which a folder that nobody touches is taken to be left, where the file system has no locks."""
_lock = threading.Lock()
_held: dict[Path, int] = {}


def new(work: Path) -> Path:
    """A new folder in `work`, locked until this process ends or removes it."""
    while True:
        moment = int(time.time() * 1000)
        path = work / f"run-{socket.gethostname()}-{os.getpid()}-{moment}-{secrets.token_hex(6)}"
        try:
            path.mkdir(parents=True)
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            # A disk that is full or read-only: whoever writes there says so, of its feed.
            return path
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                # Who tidies was faster, and removes it.
                continue
            return path
        if path.exists():
            with _lock:
                _held[path] = descriptor
            return path
        os.close(descriptor)


def remove(folder: Path) -> None:
    """Remove a folder of this process, with all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)
    with _lock:
        if folder in _held:
            os.close(_held.pop(folder))


def is_used(work: Path, host: str, process: int, since: datetime) -> bool | None:
    """Whether a process lives that has had scratch space here since a moment or longer; None where it has none."""
    mine = [folder for folder in _folders(work) if _is_of(folder.name, host, process, since)]
    return any(map(_is_used, mine)) if mine else None


def remove_left(work: Path) -> None:
    """Remove the folders whose process is gone, whatever the name of its host was."""
    for folder in _folders(work):
        with _unused(folder) as is_left:
            if is_left:
                shutil.rmtree(folder, ignore_errors=True)


def _is_of(name: str, host: str, process: int, since: datetime) -> bool:
    *_, moment, _ = name.rsplit("-", 2)
    is_older = moment.isdigit() and int(moment) <= since.timestamp() * 1000
    return is_older and name.startswith(f"run-{host}-{process}-")


def _folders(work: Path) -> list[Path]:
    return sorted(work.glob("run-*"))


def _is_used(folder: Path) -> bool:
    with _unused(folder) as is_left:
        return not is_left


@contextmanager
def _unused(folder: Path) -> Iterator[bool]:
    """Whether nobody uses a folder; as long as it is looked at, nobody else takes it for used or unused."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        except OSError:
            yield time.time() - _touched(folder) > LONG
        else:
            yield True
    finally:
        os.close(descriptor)


def _touched(folder: Path) -> float:
    """When anything in a folder was changed last."""
    newest = 0.0
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            newest = max(newest, path.stat().st_mtime)
    return newest
