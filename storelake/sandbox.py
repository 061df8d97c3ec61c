"""Starts the sandbox, the stand-in for shops and feeds, as a process of its own: nothing here knows what is in it."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingestion.environment import PROJECT


@dataclass(frozen=True)
class Ready:
    """What a running sandbox says of itself: where it is, and the variables with which a pipeline finds it."""

    url: str
    variables: dict[str, str]


def serve(module: str, options: Sequence[str], tell: Callable[[Ready], None]) -> int:
    """Run one of the sandboxes until Ctrl-C or SIGTERM, `tell` when it answers; the exit code is its own."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *options], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        try:
            if line := process.stdout.readline():
                told = json.loads(line)
                tell(Ready(told["url"], told["variables"]))
            return process.wait()
        except KeyboardInterrupt:
            # The sandbox got it, too.
            return process.wait()
        finally:
            signal.signal(signal.SIGTERM, before)
