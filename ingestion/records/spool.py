"""Rows that wait for a decision: in memory while they are few, else in a file of their own.

A spool that is closed can be sent to another process, which is then the one to discard it.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

_BATCH_BYTES = 16 << 20


class Spool:
    """Takes tables of one schema, and gives them back in their order, as often as it is asked."""

    def __init__(self, schema: pa.Schema, scratch: Path, in_memory: int, compression: str | None = "lz4") -> None:
        self.rows = 0
        self._schema = schema
        self._scratch = scratch
        self._in_memory = in_memory
        self._compression = compression
        self._batches: list[pa.RecordBatch] = []
        self._bytes = 0
        self._path: Path | None = None
        self._writer: pa.RecordBatchFileWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Take the next rows."""
        self.rows += table.num_rows
        self._bytes += table.nbytes
        # Who takes them back has one batch at a time in memory.
        batches = table.to_batches(max_chunksize=max(1, table.num_rows * _BATCH_BYTES // max(1, table.nbytes)))
        if self._writer is None and self._bytes > self._in_memory:
            self._scratch.mkdir(parents=True, exist_ok=True)
            self._path = self._scratch / f"{secrets.token_hex(8)}.arrow"
            options = pa.ipc.IpcWriteOptions(compression=self._compression)
            self._writer = pa.ipc.new_stream(str(self._path), self._schema, options=options)
            for batch in self._batches:
                self._writer.write_batch(batch)
            self._batches = []
        if self._writer is not None:
            for batch in batches:
                self._writer.write_batch(batch)
        else:
            self._batches.extend(batches)

    def close(self) -> None:
        """No more rows will come."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @property
    def is_large(self) -> bool:
        """True where the rows lie in a file."""
        return self._path is not None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, once it is closed."""
        if self._path is None:
            yield from self._batches
            return
        with pa.OSFile(str(self._path), "rb") as file, pa.ipc.open_stream(file) as reader:
            yield from reader

    def discard(self) -> None:
        """Give back the memory or the file."""
        self.close()
        self._batches = []
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Begin anew, with no rows."""
        self.discard()
        self._path, self.rows, self._bytes = None, 0, 0
