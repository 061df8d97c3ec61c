"""dlt's Arrow way into DuckDB, then dbt-duckdb: a small project of plain tables with the usual tests."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from benchmarks.peers import CARRIED_DAYS, LINE_TYPES, REVENUE, Totals, as_totals

FOLDER = Path(__file__).resolve().parent


def build(drop: Path, rates: Path, out: Path) -> Totals:
    """Land with dlt, build with dbt."""
    database = out / "star.duckdb"
    _land(drop, rates, out, database)
    _build(out, database)
    return _totals(database)


def _land(drop: Path, rates: Path, out: Path, database: Path) -> None:
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "false",
    }
    import dlt
    from dlt.sources.filesystem import filesystem
    from pyarrow import csv

    texts = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    as_text = csv.ConvertOptions(column_types=dict.fromkeys(texts, "string"), strings_can_be_null=True)

    @dlt.transformer(name="lines", write_disposition="append")
    def lines(items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            yield csv.read_csv(drop / item["file_name"], convert_options=as_text)

    @dlt.resource(name="rates", write_disposition="replace")
    def quoted() -> Iterator[Any]:
        with ZipFile(rates) as archive, archive.open("eurofxref-hist.csv") as file:
            yield csv.read_csv(file, convert_options=csv.ConvertOptions(include_columns=["Date", "GBP"]))

    files = filesystem(drop.as_uri(), file_glob="*.csv", incremental=dlt.sources.incremental("modification_date"))
    pipeline = dlt.pipeline(
        "benchmark",
        pipelines_dir=str(out / "pipelines"),
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="bronze",
    )
    pipeline.run([files | lines, quoted])


def _build(out: Path, database: Path) -> None:
    from dbt.cli.main import dbtRunner

    os.environ |= {
        "BENCHMARK_DATABASE": str(database),
        "DBT_TARGET_PATH": str(out / "target"),
        "DBT_LOG_PATH": str(out / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    values = {"line_types": str(LINE_TYPES), "revenue": list(REVENUE), "carried_days": CARRIED_DAYS}
    quiet = ["--log-level", "none", "--log-level-file", "none"]
    folders = ["--project-dir", str(FOLDER), "--profiles-dir", str(FOLDER)]
    outcome = dbtRunner().invoke([*quiet, "build", *folders, "--vars", str(values)])
    if not outcome.success:
        broken = [r for r in getattr(outcome.result, "results", []) if r.status not in ("success", "pass")]
        raise RuntimeError(f"dbt failed: {outcome.exception or [(r.node.name, r.message) for r in broken]}")


def _totals(database: Path) -> Totals:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    # It keeps the file open as long as the process lives.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    import duckdb

    with duckdb.connect(str(database)) as db:
        return as_totals(db.execute("select * from gold.totals"))
