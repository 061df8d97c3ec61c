"""`storelake check`, `repair` and `maintain` as people type them: what they print, and their exit codes."""

import os
from pathlib import Path

from harness import Launcher, launcher
from worlds import Files


def test_a_lake_is_checked_damaged_named_and_mended(tmp_path: Path) -> None:
    """0 and one sentence where all is well; 1, the file and what to do where not; repair mends what it can."""
    lake = tmp_path / "lake"
    with launcher(tmp_path / "launcher") as start:
        _told(start, lake, "check", says="The lake is whole.")
        for phase in (0, 1):
            Files().phase(phase, lake)
            _told(start, lake, *Files().arguments, says="landed")
        _told(start, lake, "check", says="The lake is whole.")
        _told(start, lake, "repair", says="There was nothing to mend")
        _told(start, lake, "maintain", says="bronze/online_retail__invoice_lines: 3 files are 1")
        _told(start, lake, "check", "--quick", says="The lake is whole.")
        (log,) = lake.glob("ledger/pulls/_delta_log")
        entry = sorted(log.glob("*.json"))[1]
        os.truncate(entry, 0)
        said = _told(start, lake, "check", code=1, says=f"{entry.name} is empty. Run storelake repair.")
        assert said.count("\n") == 2
        _told(start, lake, *Files().arguments, code=1, says="storelake check")
        _told(start, lake, "repair", says="built anew from the")
        _told(start, lake, "check", says="The lake is whole.")
        _told(start, lake, *Files().arguments, says="seen")


def _told(start: Launcher, lake: Path, *arguments: str, says: str, code: int = 0) -> str:
    ended = start.run(lake, *arguments)
    assert (ended.code, says in ended.output) == (code, True), ended.output
    return ended.output
