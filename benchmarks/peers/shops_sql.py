"""`python -m benchmarks.peers.shops_sql LAKE OUT`: the shops' gold from bronze by hand-written SQL, in a file OUT."""

import json
import os
import sys
import time
from pathlib import Path

import duckdb

from benchmarks.data import PROJECT

SCRIPT = Path(__file__).with_name("shops.sql")
EXTENSIONS = Path(sys.prefix) / "duckdb_extensions"

SETTINGS = {
    "threads": 2,
    "memory_limit": "2GB",
    "preserve_insertion_order": False,
    "checkpoint_threshold": "1TB",
    "write_buffer_row_group_count": 1,
    "storage_compatibility_version": "v1.4.0",
}
"""As dbt's profile has them: what is fast there is fast here."""


def build(lake: Path, out: Path) -> dict[str, float]:
    """Make all tables in a new database; the seconds of each statement, by the name of what it makes."""
    out.unlink(missing_ok=True)
    took = {}
    with duckdb.connect(str(out), config={**SETTINGS, "extension_directory": str(EXTENSIONS)}) as db:
        db.execute("load delta; set TimeZone = 'UTC'")
        for statement in _statements(lake):
            start = time.perf_counter()
            db.execute(statement)
            took[_name(statement)] = time.perf_counter() - start
    return took


def _statements(lake: Path) -> list[str]:
    script = SCRIPT.read_text().replace("{lake}", str(lake)).replace("{seeds}", str(PROJECT / "seeds"))
    return [statement for statement in script.split(";\n") if statement.strip()]


def _name(statement: str) -> str:
    first = next(line for line in statement.splitlines() if line and not line.startswith("--"))
    return first.removesuffix(" as").split("(")[0].split()[-1]


if __name__ == "__main__":
    seconds = build(*(Path(place).resolve() for place in sys.argv[1:]))
    print(json.dumps(seconds), flush=True)
    # Nothing is left to tidy up.
    os._exit(0)
