"""Simulated time: whole seconds since 1970, UTC."""

from datetime import UTC, datetime

DAY = 86_400
HOUR = 3_600


def seconds(text: str) -> int:
    """The instant that `2026-02-01`, `2026-02-01 10:00:00` or `2026-02-01T10:00:00Z` names; UTC without a zone."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


START = seconds("2025-01-06")
"""The first order can be of this second."""
END = seconds("2026-04-10 23:59:59")
"""Nothing happens after it; the clock stands here at first."""
SETUP = seconds("2025-01-02 08:00:00")
"""When the installations were filled with products, and with the customers of the shop before."""

_FIRST = SETUP // DAY - 2
_DAYS = [datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d ") for day in range(_FIRST, END // DAY + 3)]
_CLOCK = [f"{s // HOUR:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(DAY)]


def text(moment: int) -> str:
    """As Magento writes it: `YYYY-MM-DD HH:MM:SS`, UTC, without a zone."""
    return _DAYS[moment // DAY - _FIRST] + _CLOCK[moment % DAY]


def iso(moment: int) -> str:
    """With its zone: `YYYY-MM-DDTHH:MM:SSZ`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
