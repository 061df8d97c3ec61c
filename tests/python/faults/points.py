"""Where a process may be disturbed: functions of the pipeline, wrapped from outside, so that they cost it nothing.

A point is armed in a process of the harness's own (see launcher.py): before its n-th call, after it, or so many
microseconds into it, when the call is somewhere inside Delta, DuckDB or the file system. The process gets a signal, or,
where it `fails`, the error of a full disk behind a call that did its work. Where it is `stuck`, the call does not end.
"""

import errno
import functools
import importlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Moment = Literal["before", "within", "after", "fails", "stuck"]

INGEST = {
    "tidying": ["ingestion.run:_tidy", "ingestion.load.ledger:Ledger.close_abandoned"],
    "starting": ["ingestion.load.landing:Landing.begin", "ingestion.load.ledger:Ledger.start"],
    "fetching": [
        "ingestion.lake.raw:archive",
        "ingestion.lake.raw:_compress",
        "ingestion.extract.http.client:Client.json",
        "ingestion.extract.http.client:Client.download",
    ],
    "between two items": ["ingestion.pulls:Pull.add"],
    "packaging": [
        "dlt.pipeline.pipeline:Pipeline.extract",
        "dlt.pipeline.pipeline:Pipeline.normalize",
        "dlt.pipeline.pipeline:Pipeline.load",
    ],
    "comparing": ["ingestion.load.landing:_Comparison.compare"],
    "between data and ledger": [
        "ingestion.load.ledger:Ledger.write_items",
        "ingestion.load.quarantine:Quarantine.write",
    ],
    "writing data": [
        "ingestion.lake.delta:_write",
        "ingestion.lake.delta:_File.write",
        "ingestion.lake.delta:_File.close",
        "ingestion.lake.delta:_File.take",
    ],
    "inside the Delta commit": ["deltalake:DeltaTable.create_write_transaction"],
    "between commit and ledger": ["ingestion.load.ledger:Ledger.complete"],
    "compacting": [
        "ingestion.maintenance.compact:_compact",
        "ingestion.maintenance.compact:digest",
        "ingestion.lake.delta:replace_files",
        "ingestion.maintenance.compact:_sweep",
    ],
    "writing the ledger": ["ingestion.lake.delta:write_deltalake", "ingestion.lake.delta:open_or_create"],
}
"""By stage: the functions at which `storelake ingest`, `replay` and `maintain` are killed."""

BUILD = {
    "a statement": ["dbt.adapters.sql.connections:SQLConnectionManager.add_query"],
    "a commit": ["dbt.adapters.duckdb.connections:DuckDBConnectionManager.commit"],
    "closing the work file": ["storelake.dbt_runner.runner:_close"],
    "publishing": [
        "storelake.publishing.duckdb_file:_copy",
        "storelake.publishing.duckdb_file:publish",
        "storelake.publishing.last_green_build:record",
    ],
}
"""The same of `storelake build`."""

_LONG = 3_600.0


@dataclass(frozen=True)
class Kill:
    """Get a signal at the n-th call of a function: before it, after it, or `delay` seconds into it; or fail behind it."""

    stage: str
    point: str
    nth: int
    moment: Moment
    delay: float = 0.0
    signal: int = signal.SIGKILL

    def __str__(self) -> str:
        into = f" {self.delay * 1e6:.0f} µs" if self.moment == "within" else ""
        name = "a full disk" if self.moment == "fails" else signal.Signals(self.signal).name
        return f"{name}, {self.stage}: {self.moment}{into} call {self.nth} of {self.point}"

    def as_json(self) -> dict[str, Any]:
        """What the launcher is told."""
        return asdict(self)


def count(stages: dict[str, list[str]]) -> Counter[str]:
    """Count from now on how often each point is passed in this process."""
    passed: Counter[str] = Counter()
    lock = threading.Lock()

    def note(point: str) -> None:
        with lock:
            passed[point] += 1

    for points in stages.values():
        for point in points:
            _wrap(point, functools.partial(note, point), lambda: None)
    return passed


def arm(kill: Kill, tell: Callable[[], None]) -> None:
    """Disturb this process as `kill` says; `tell` asks another process to do it after the delay."""
    calls = 0
    lock = threading.Lock()
    mine = threading.local()

    def before() -> None:
        nonlocal calls
        with lock:
            calls += 1
            mine.is_it = calls == kill.nth
        if mine.is_it and kill.moment == "before":
            die(kill.signal)
        if mine.is_it and kill.moment in ("within", "stuck"):
            tell()
        if mine.is_it and kill.moment == "stuck":
            time.sleep(_LONG)

    def after() -> None:
        if kill.moment == "after" and mine.is_it:
            die(kill.signal)
        if kill.moment == "fails" and mine.is_it:
            raise OSError(errno.ENOSPC, "No space left on device")

    _wrap(kill.point, before, after)


def die(number: int) -> None:
    """What `kill -<number>` does, here."""
    os.kill(os.getpid(), number)


def _wrap(point: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    module, _, path = point.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        before()
        result = original(*arguments, **named)
        after()
        return result

    setattr(owner, name, wrapped)
