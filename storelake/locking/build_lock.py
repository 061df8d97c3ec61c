"""One build at a time: who comes second waits for a while, and is told for whom."""

import fcntl
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from ingestion import times
from ingestion.environment import Environment
from storelake.locking import lease
from storelake.locking.wait_limit import WaitLimit

WAIT_LIMIT_SECONDS = 1800.0
_PAUSE = 0.5


@contextmanager
def build_lock(
    environment: Environment, tell: Callable[[str], None], wait_seconds: float = WAIT_LIMIT_SECONDS
) -> Iterator[None]:
    """Hold the work file of a lake; wait up to `wait_seconds` for who holds it. `tell` is told once for whom.

    The operating system gives it back when its holder ends, however that ends. A lake in a bucket may be built from
    several machines: there one of them holds it.
    """
    environment.work.mkdir(parents=True, exist_ok=True)
    waiting = WaitLimit(wait_seconds, tell)
    with (environment.work / "build.lock").open("a+") as file:
        _wait(file, waiting)
        file.truncate(0)
        json.dump({"host": socket.gethostname(), "process": os.getpid(), "since": times.now().isoformat()}, file)
        file.flush()
        if not environment.bucket:
            yield
            return
        with lease.held(environment, waiting, lambda: _lost(tell)):
            yield


def _lost(tell: Callable[[str], None]) -> None:
    tell("Another machine took this lake's turn, of which nothing was heard from here for too long: stopping.")
    os.kill(os.getpid(), signal.SIGINT)


def _wait(file: IO[str], limit: WaitLimit) -> None:
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        limit.wait(_holder(file), _PAUSE)


def _holder(file: IO[str]) -> str:
    file.seek(0)
    with suppress(ValueError, KeyError):
        said = json.loads(file.read())
        return f"process {said['process']} on {said['host']} (since {said['since'][:19]} UTC)"
    return "another process"
