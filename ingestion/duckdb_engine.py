"""DuckDB as landing's engine: in memory, on all of this machine's bounds that it is given, times in UTC."""

import contextlib
import ctypes
import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # of malloc.h


def limit_memory_growth() -> None:
    """Let this process give freed memory back: Arrow's own allocators keep it, and so does a heap for each thread."""
    pa.set_memory_pool(pa.system_memory_pool())
    # Documents are made and dropped by the thousand, and are no circles: looking for those took a twentieth.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    # Another C library than glibc has no mallopt, and other habits.
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, 2)
        # By default the threshold grows with what is freed, until whole pages lie between small things for good.
        library.mallopt(_MMAP_THRESHOLD, 8 << 20)


def release_memory() -> None:
    """Return what lies freed between what is in use: a heap that many threads share keeps it otherwise."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def duckdb_error() -> type[Exception]:
    """What DuckDB raises."""
    import duckdb  # noqa: PLC0415

    return duckdb.Error


def is_out_of_memory(error: Exception) -> bool:
    """True where DuckDB needs more memory than it was given."""
    import duckdb  # noqa: PLC0415

    return isinstance(error, duckdb.OutOfMemoryException)


def memory(database: "duckdb.DuckDBPyConnection") -> int:
    """The bytes that a database may use."""
    (limit,) = database.execute("select current_setting('memory_limit')").fetchone() or ("0 bytes",)
    number, unit = limit.split()
    powers = {"KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5}
    return int(float(number) * 1024 ** powers.get(unit, 0))


def connect(memory: str, scratch: Path) -> "duckdb.DuckDBPyConnection":
    """An empty in-memory database that uses at most `memory` and spills into `scratch`."""
    # Here, since it takes 30 MB, which feeds and their helper processes do without.
    import duckdb  # noqa: PLC0415

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
    # The default of 1 MB lets one thread wait for the other: a tenth of landing's time.
    database.execute("set streaming_buffer_size = '4MB'")
    return database
