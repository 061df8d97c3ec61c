"""DuckDB as landing's engine: in memory, on all of this machine's bounds that it is given, times in UTC."""

from pathlib import Path

import duckdb


def connect(memory: str, scratch: Path) -> duckdb.DuckDBPyConnection:
    """An empty in-memory database that uses at most `memory` and spills into `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect(
        config={
            "threads": 2,
            "memory_limit": memory,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
    )
    database.execute("load icu")
    database.execute("set TimeZone = 'UTC'")
    return database
