"""`python -m benchmarks.upkeep`: what reading bronze costs after 1,000 small pulls, before and after upkeep.

The same rows land as 1,000 pulls, one an hour over 42 days, and as one. Both are read whole by DuckDB's Delta
reader, as dbt does, by turns; the fastest of several reads counts. Not a test: nothing fails because it is slow.
"""

import argparse
import json
import shutil
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion import duckdb_engine
from ingestion.environment import PROJECT, Environment, load
from ingestion.lake import delta
from ingestion.lake.schemas import ENVELOPE
from ingestion.maintenance import compact
from storelake.dbt_runner import duckdb_extensions

FIRST = datetime(2025, 1, 1, tzinfo=UTC)
LIMIT = 1.5


def main() -> int:
    """Land, measure, tend, measure again; prints the seconds and what they are of one big pull's."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upkeep", description=__doc__)
    parser.add_argument("--pulls", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=100, help="of each pull")
    parser.add_argument("--reads", type=int, default=7)
    parser.add_argument("--room", type=Path, default=PROJECT / "build" / "benchmarks" / "upkeep")
    asked = parser.parse_args()
    shutil.rmtree(asked.room, ignore_errors=True)
    duckdb_engine.limit_memory_growth()
    many, one = (load({"STORELAKE_LAKE": str(asked.room / name), "STORELAKE_SUBJECT_KEY": "k" * 40}) for name in "mo")
    batches = [_batch(n, asked.rows) for n in range(asked.pulls)]
    for n, batch in enumerate(batches):
        _land(many, [batch], n, (FIRST + timedelta(hours=n)).date())
    _land(one, batches, 0, FIRST.date())
    before = _seconds(many, one, 3)
    begun = time.perf_counter()
    (kept, *_) = compact.maintain(many, timedelta(hours=1))
    took = time.perf_counter() - begun
    after = _seconds(many, one, asked.reads)
    print(
        f"{asked.pulls:,} pulls of {asked.rows} rows: {kept.files_before} files, {kept.files_after} after {took:.1f} s"
    )
    for name, (ours, theirs) in (("before", before), ("after", after)):
        print(f"reading {name} upkeep: {ours:.3f} s, one big pull {theirs:.3f} s: {ours / theirs:.2f} times")
    print(f"limit {LIMIT}: {'holds' if after[0] <= LIMIT * after[1] else 'does not hold'}")
    return 0


def _batch(number: int, rows: int) -> pa.RecordBatch:
    """Versions of records as a shop's orders are: keys without an order, documents of a kilobyte and more."""
    at = FIRST + timedelta(hours=number)
    keys = [f"{hash((number, n)) & (2**64 - 1):032x}" for n in range(rows)]
    documents = [
        json.dumps({"entity_id": n, "text": (key * 20)[n % 7 :], "total": n / 4}) for n, key in enumerate(keys)
    ]
    columns = {
        "source": ["de"] * rows,
        "pulldate": [at.date()] * rows,
        "_record_key": keys,
        "_document_hash": keys,
        "_operation": ["upsert"] * rows,
        "_record_at": [at] * rows,
        "_subject_key": keys,
        "_pull_id": [f"{number:024x}"] * rows,
        "_position": list(range(1, rows + 1)),
        "_ingested_at": [at] * rows,
        "_source_uri": [f"raw/{number}"] * rows,
        "_document": documents,
    }
    return pa.RecordBatch.from_pydict(columns, schema=ENVELOPE)


def _land(environment: Environment, batches: list[pa.RecordBatch], number: int, day: date) -> None:
    table = delta.open_or_create(
        environment.bronze("magento", "orders"),
        ENVELOPE,
        partition_by=["pulldate", "source"],
        statistics=["_record_at", "_pull_id"],
    )
    delta.append_partition(
        table,
        iter(batches),
        {"pulldate": str(day), "source": "de"},
        transaction=("de/orders", number + 1),
        metadata={"pull_id": f"{number:024x}"},
    )


def _seconds(many: Environment, one: Environment, reads: int) -> tuple[float, float]:
    """The fastest read of each, by turns, so that whoever else is at work disturbs both."""
    found = [(many, list[float]()), (one, list[float]())]
    with duckdb.connect(config={"extension_directory": str(duckdb_extensions.FOLDER), "threads": 2}) as database:
        database.execute("load delta")
        for _ in range(reads):
            for environment, taken in found:
                begun = time.perf_counter()
                database.execute(
                    "select count(*), max(_record_at), sum(length(_document)), bit_xor(hash(_record_key)) "
                    f"from delta_scan('{environment.bronze('magento', 'orders')}')"
                ).fetchone()
                taken.append(time.perf_counter() - begun)
    return min(found[0][1]), min(found[1][1])


if __name__ == "__main__":
    sys.exit(main())
