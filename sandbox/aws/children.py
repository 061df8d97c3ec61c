"""Processes that belong to the sandbox: they never outlive it, however it ends."""

import contextlib
import ctypes
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBRARY = ctypes.CDLL(None)


@contextlib.contextmanager
def running(
    words: Sequence[str], *, folder: Path | None = None, log: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A process until the block ends: it is asked to stop, and stopped after 20 seconds.

    It is in a session of its own, since a Ctrl-C is for whoever started it: statements that run are told of its end.
    """
    process = subprocess.Popen(
        words, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_die_with_parent
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    # Who is killed cannot stop anybody: the kernel does it.
    with contextlib.suppress(AttributeError):
        _LIBRARY.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
