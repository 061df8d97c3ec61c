"""DuckDB as landing's engine: in memory, on all of this machine's bounds that it is given, times in UTC."""

import contextlib
import ctypes
from pathlib import Path

import duckdb
import pyarrow as pa

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # of malloc.h


def stay_small() -> None:
    """Let this process give freed memory back: Arrow's own allocators keep it, and so does a heap for each thread."""
    pa.set_memory_pool(pa.system_memory_pool())
    # Another C library than glibc has no mallopt, and other habits.
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, 2)
        # By default the threshold grows with what is freed, until whole pages lie between small things for good.
        library.mallopt(_MMAP_THRESHOLD, 8 << 20)


def give_back() -> None:
    """Return what lies freed between what is in use: a heap that many threads share keeps it otherwise."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


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
