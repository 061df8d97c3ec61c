"""One build at a time: who comes second waits for a while, and is told for whom."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from ingestion import times
from ingestion.environment import Environment
from ingestion.errors import StorelakeError

PATIENCE = 1800.0
_PAUSE = 0.5


@contextmanager
def turn(environment: Environment, tell: Callable[[str], None], patience: float = PATIENCE) -> Iterator[None]:
    """Hold the work file of a lake; wait up to `patience` seconds for who holds it. `tell` is told once for whom.

    The operating system gives it back when its holder ends, however that ends.
    """
    environment.work.mkdir(parents=True, exist_ok=True)
    with (environment.work / "build.lock").open("a+") as file:
        _wait(file, tell, time.monotonic() + patience)
        file.truncate(0)
        json.dump({"host": socket.gethostname(), "process": os.getpid(), "since": times.now().isoformat()}, file)
        file.flush()
        yield


def _wait(file: IO[str], tell: Callable[[str], None], until: float) -> None:
    told = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = _holder(file)
            if time.monotonic() >= until:
                raise StorelakeError(f"{holder} still builds in this lake: call again when it has ended.") from None
            if not told:
                tell(f"Waiting for {holder}, which builds in this lake …")
                told = True
            time.sleep(_PAUSE)


def _holder(file: IO[str]) -> str:
    file.seek(0)
    with suppress(ValueError, KeyError):
        said = json.loads(file.read())
        return f"process {said['process']} on {said['host']} (since {said['since'][:19]} UTC)"
    return "another process"
