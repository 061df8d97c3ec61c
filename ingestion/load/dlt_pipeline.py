"""dlt carries a pull from its resource to landing: extraction, packaging and the load job are its own."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.lake import delta
from ingestion.lake.schemas import BRONZE_FILE
from ingestion.pulls import Feed

_CONFIGURING = threading.Lock()


def run_pipeline(feed: Feed, batches: Iterator[pa.Table], land: Callable[[Path | None], None], folder: Path) -> None:
    """Run one pull: `batches` (envelope tables) are packed into one data file, which `land` is called with.

    `land` gets None where no row came. What `batches` or `land` raises is raised here as it was; then
    nothing is kept: the lake is the only state, so a pull that failed is pulled again from its source.
    """
    first = next(batches, None)
    if first is None:
        # dlt would wait a second for a package of nothing.
        land(None)
        return
    folder.mkdir(parents=True)
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="stage") as pool:
            # Loading dlt takes most of a second, in which the first rows are read and written.
            file = folder / "rows.parquet"
            staged = pool.submit(delta.write_file, file, rows(chain([first], batches)))
            del first
            _run(feed, file, staged.result, land, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(feed: Feed, file: Path, staged: Callable[[], int], land: Callable[[Path | None], None], folder: Path) -> None:
    """Let dlt carry a file to `land`, once it is written: `staged` waits for it, and tells how many rows it has."""
    # Here, since a run with nothing new need not wait for it.
    import dlt  # noqa: PLC0415
    from dlt.common.destination.exceptions import DestinationTerminalException  # noqa: PLC0415
    from dlt.common.schema import TTableSchema  # noqa: PLC0415

    with _CONFIGURING:
        # Pulls begin side by side, and dlt's configuration is one document, which two must not write at once.
        _configure(dlt.config)
    failure: BaseException | None = None

    @dlt.destination(
        name="bronze",
        loader_file_format="parquet",
        batch_size=0,
        naming_convention="direct",
        skip_dlt_columns_and_tables=True,
    )
    def bronze(path: Any, table: TTableSchema) -> None:
        nonlocal failure
        try:
            land(Path(path))
        except BaseException as error:
            # Landing has its own retries; to dlt every failure of it is final. On what is no Exception, such as
            # a panic in deltalake, dlt would wait for ever.
            failure = error
            raise DestinationTerminalException(type(error).__name__) from error

    def stream() -> Iterator[Any]:
        # Named to dlt and not copied: packages share the file by links, and so does bronze.
        yield dlt.mark.with_file_import(str(file), "parquet", staged(), BRONZE_FILE.empty_table())

    resource = dlt.resource(
        stream, name=f"{feed.system}__{feed.entity}", write_disposition="append", max_table_nesting=0
    )
    try:
        dlt.pipeline(
            pipeline_name=f"{feed.system}__{feed.entity}__{feed.source}",
            pipelines_dir=str(folder),
            destination=bronze,
            dataset_name="bronze",
        ).run(resource)
    except Exception as error:
        raise failure or _root(error) from None


def rows(tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    """The columns of a data file, in batches that are worth a row group, or less."""
    for table in tables:
        most = delta.ROW_GROUP_BYTES * table.num_rows // max(1, table.nbytes)
        yield from table.select(BRONZE_FILE.names).to_batches(max(1, min(delta.ROW_GROUP, most)))


def _configure(config: Any) -> None:
    # Only the environment is read early enough: dlt would call home at its first pipeline.
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    # dlt logs the stack of each failed job, which is raised and told in one line here, and sets its own level.
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    if config.get("data_writer.compression") == "none":
        return
    # Tables have their size when they get there: each becomes a row group.
    config["data_writer.buffer_max_items"] = 1
    config["load.raise_on_max_retries"] = 1
    # The package is read once, on this disk: speed counts, not size. Set last: it tells that all is set.
    config["data_writer.compression"] = "none"


def _root(error: BaseException) -> BaseException:
    """The first exception that is not dlt's own wrapping."""
    while type(error).__module__.startswith("dlt.") and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__ or error
    return error
