"""Ctrl-C ends a command soon, whatever its threads still wait for."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE = 5.0
"""Seconds in which an interrupted command may end by itself: pulls that are through by then need not come again."""
_INTERRUPTED = 130


@contextmanager
def ends_soon() -> Iterator[None]:
    """Leave the process at the latest `GRACE` seconds after SIGINT.

    Python waits for all threads, and a pull may take hours. What still runs then is left as by a kill: nothing of it
    counts, and the next run settles it.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(GRACE, _leave)
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _leave() -> None:
    sys.stdout.flush()
    print(
        "Interrupted: what was not finished does not count, and the next run settles it.", file=sys.stderr, flush=True
    )
    os._exit(_INTERRUPTED)
