"""One command in a fresh process: how long it took, and the most memory that it held."""

import contextlib
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


class _Peak(threading.Thread):
    """Watches the peak of a process until it ends.

    The kernel's `ru_maxrss` would do, but it counts what the parent held when it forked.
    """

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.megabytes = 0.0
        self._status = Path(f"/proc/{process}/status")
        self.start()

    def run(self) -> None:
        """Read the high-water mark, which the process keeps itself, every few milliseconds."""
        while (peak := self._read()) is not None:
            self.megabytes = peak
            time.sleep(0.005)

    def _read(self) -> float | None:
        try:
            found = re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text())
        except OSError:
            return None
        return int(found[1]) / 1024 if found else None


class _PeakOfAll(_Peak):
    """The same of a process and all that it started, what they share counted once."""

    def run(self) -> None:
        """Add up what each holds, many times a second: the kernel keeps no mark of the sum."""
        while self._status.exists():
            self.megabytes = max(self.megabytes, sum(map(_held, _family(self._status.parent))))
            time.sleep(0.05)


def _family(process: Path) -> Iterator[Path]:
    yield process
    for children in process.glob("task/*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield from _family(process.with_name(child))


def _held(process: Path) -> float:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def run(command: Sequence[str], variables: Mapping[str, str] | None = None, *, with_children: bool = False) -> Run:
    """Run a command to its end. Start-up counts; what the disk still has to write from before does not.

    The peak is of the one process, or `with_children` of all together.
    """
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), **(variables or {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    os.sync()
    with tempfile.TemporaryFile() as said:
        began = time.time()
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=environment, cwd=PROJECT
        )
        peak = (_PeakOfAll if with_children else _Peak)(process.pid)
        # The kernel's own account of the child and of all it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if process.returncode:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{output[-3000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, cpu, peak.megabytes, began, began + seconds, output)
