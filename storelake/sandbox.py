"""Starts the sandbox, the stand-in for shops and feeds, as a process of its own: nothing here knows what is in it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ingestion.environment import PROJECT
from ingestion.errors import StorelakeError


@dataclass(frozen=True)
class Ready:
    """What a running sandbox says of itself: where it is, and the variables with which a pipeline finds it."""

    url: str
    variables: dict[str, str]


def serve(module: str, options: Sequence[str], tell: Callable[[Ready], None]) -> int:
    """Run one of the sandboxes until Ctrl-C or SIGTERM, `tell` when it answers; the exit code is its own."""
    with _started(module, options) as process:
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            if ready := _ready(process):
                tell(ready)
            return process.wait()
        except KeyboardInterrupt:
            # The sandbox got it, too.
            return process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


@contextmanager
def running(options: Sequence[str], module: str = "sandbox") -> Iterator[Ready]:
    """One of the sandboxes for as long as the block lasts. Raises StorelakeError where it does not start."""
    with _started(module, options) as process:
        try:
            ready = _ready(process)
            if ready is None:
                raise StorelakeError("The sandbox did not start; .venv/bin/storelake sandbox shows why.")
            yield ready
        finally:
            process.terminate()


def _started(module: str, options: Sequence[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-m", module, *options], cwd=PROJECT, stdout=subprocess.PIPE, text=True)


def _ready(process: "subprocess.Popen[str]") -> Ready | None:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        return None
    told = json.loads(line)
    return Ready(told["url"], told["variables"])
