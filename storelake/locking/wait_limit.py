"""How somebody waits for a lake that another one builds in: told once for whom, and not for ever."""

import time
from collections.abc import Callable

from ingestion.errors import StorelakeError


class WaitLimit:
    """What is left of `seconds` for all waiting together; `tell` hears of each holder once."""

    def __init__(self, seconds: float, tell: Callable[[str], None]) -> None:
        self._until = time.monotonic() + seconds
        self._tell = tell
        self._told: set[str] = set()

    def wait(self, holder: str, pause: float) -> None:
        """Pause for so many seconds, since `holder` still builds. Raises StorelakeError when patience is at its end."""
        if time.monotonic() >= self._until:
            raise StorelakeError(f"{holder} still builds in this lake: call again when it has ended.")
        if holder not in self._told:
            self._tell(f"Waiting for {holder}, which builds in this lake …")
            self._told.add(holder)
        time.sleep(pause)
