"""Which windows of a feed to pull next, from what the ledger says was read.

Where a feed ends is told by its newest record, or by a clock where that record is dated ahead of it: the sender's or
ours, whichever is earlier, so that neither a wrong clock nor a quiet week leaves a gap. A window that was not read is
still missing from what was, and so is asked for again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SECOND = timedelta(seconds=1)
_FORM = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, order=True)
class Window:
    """The seconds from `start` to before `end`, UTC."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:{_FORM}}/{self.end:{_FORM}}"

    @classmethod
    def parse(cls, name: str) -> "Window | None":
        """The window that `str` gave this name; None for a name of anything else."""
        try:
            start, end = (datetime.strptime(part, _FORM).replace(tzinfo=UTC) for part in name.split("/"))
        except ValueError:
            return None
        return cls(start, end)

    @property
    def seconds(self) -> int:
        """How many seconds it covers."""
        return int((self.end - self.start) / _SECOND)

    def halves(self) -> tuple["Window", "Window"]:
        """Two windows that cover the same; only for more than one second."""
        middle = self.start + timedelta(seconds=self.seconds // 2)
        return Window(self.start, middle), Window(middle, self.end)


def due(read: Iterable[Window], first: datetime, newest: datetime, overlap: timedelta) -> list[Window]:
    """What a run asks for, oldest first: all that was never read from `first` to `newest` (which counts), uncut.

    The last `overlap` before the latest end that was read is read again: a record may become visible after
    another with a later time of change.
    """
    done = _union(read)
    end = newest + _SECOND
    missing = _without(Window(first, end), done) if first < end else []
    if done:
        seam = Window(max(first, done[-1].end - overlap), min(done[-1].end, end))
        if seam.start < seam.end:
            missing = _union([*missing, seam])
    return missing


def weeks(window: Window) -> list[Window]:
    """The window cut at the beginnings of weeks (Monday, 00:00 UTC)."""
    cuts = [window.start]
    monday = (window.start - timedelta(days=window.start.weekday())).replace(hour=0, minute=0, second=0)
    while (monday := monday + timedelta(weeks=1)) < window.end:
        cuts.append(monday)
    return [Window(start, end) for start, end in zip(cuts, [*cuts[1:], window.end], strict=True)]


def still_open(asked: Iterable[tuple[Window, bool]]) -> list[Window]:
    """Of windows in the order in which they were asked for, and whether they could be read: what was not since."""
    waiting: list[Window] = []
    for window, was_read in asked:
        if was_read:
            waiting = [part for one in waiting for part in _without(one, [window])]
        else:
            waiting = _union([*waiting, window])
    return waiting


def _union(windows: Iterable[Window]) -> list[Window]:
    merged: list[Window] = []
    for window in sorted(windows):
        if merged and window.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged


def _without(window: Window, done: list[Window]) -> list[Window]:
    left = []
    start = window.start
    for one in done:
        if one.start > start:
            left.append(Window(start, min(one.start, window.end)))
        start = max(start, one.end)
        if start >= window.end:
            return [part for part in left if part.start < part.end]
    return [*left, Window(start, window.end)]
