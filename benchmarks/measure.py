"""One command in a fresh process: how long it took, and the most memory that it held."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.data import PROJECT


@dataclass(frozen=True)
class Run:
    """A command that succeeded. Times are wall clock, `began` and `ended` since the epoch."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    began: float
    ended: float
    output: str


class CommandFailed(Exception):
    """A command ended badly; the message has the end of what it said."""


def run(command: Sequence[str], variables: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end. Start-up counts; what the disk still has to write from before does not."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), **(variables or {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    os.sync()
    with tempfile.TemporaryFile() as said:
        began = time.time()
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=environment, cwd=PROJECT
        )
        # The kernel's own account of the child and of all it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{output[-3000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, cpu, usage.ru_maxrss / 1024, began, began + seconds, output)
