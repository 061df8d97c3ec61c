"""What an API's pulls have refused, read again: documents out of quarantine, and windows whose pages were broken."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.errors import StorelakeError
from ingestion.extract.base.jobs import Context
from ingestion.extract.base.windows import Window
from ingestion.extract.rest.pages import UNREADABLE
from ingestion.extract.rest.rest_system import REPLAYED, RestExtraction, RestJob
from ingestion.load import landing
from ingestion.load.quarantine import Quarantine
from ingestion.pulls import DeleteScope, Feed, Item, Pull, Scope
from ingestion.records.json_documents import UnusableDocument


@dataclass(frozen=True)
class ReplayJob:
    """One feed of which records are in quarantine."""

    job: RestJob

    @property
    def feed(self) -> Feed:
        """What is read again."""
        return self.job.feed

    @property
    def scope(self) -> Scope:
        """What is read again says nothing of what it does not hold."""
        return "window"

    def extraction(self, pull: Pull, scratch: Path) -> "ReplayExtraction":
        """Reads what waits now."""
        return ReplayExtraction(self.job, pull, scratch)


def jobs(found: Iterator[RestJob], context: Context) -> Iterator[ReplayJob]:
    """Those of which anything waits."""
    quarantine = Quarantine(context.environment)
    return (ReplayJob(job) for job in found if quarantine.open_items(job.feed))


class ReplayExtraction(RestExtraction):
    """Reads refused documents with today's contract, and the windows of unreadable records from the API."""

    def batches(self) -> Iterator[pa.Table]:
        """Envelope tables of what is usable now and was not overtaken."""
        context, feed = self.job.context, self.job.feed
        sequences = context.ledger.sequences()
        waiting = Quarantine(context.environment).open_records(feed)
        waiting.sort(key=lambda row: (sequences[row["pull_id"]], row["position"]))
        self.replays = list(dict.fromkeys((row["pull_id"], row["content_hash"]) for row in waiting))
        if self.job.scope == "full":
            # A later whole list has replaced what earlier ones said.
            newest = max(item["sequence"] for item in context.ledger.items_done(feed))
            waiting = [row for row in waiting if sequences[row["pull_id"]] == newest]
        unreadable = {_window(row["source_uri"]) for row in waiting if row["rule"] == UNREADABLE}
        # What a whole list counts and does not send is asked for by its next pull, and waits until then.
        left = {(row["pull_id"], row["content_hash"]) for row in waiting if _is_of_a_whole_list(row)}
        self.replays = [item for item in self.replays if item not in left]
        waiting = [row for row in waiting if not _is_of_a_whole_list(row)]
        with self._tools() as (client, writer):
            item = Item(REPLAYED, "read")
            yield from self._again([row for row in waiting if row["rule"] != UNREADABLE], sequences, item, writer)
            pages = self._pages(client)
            for window in sorted(filter(None, unreadable)):
                reading = pages.read(window)
                if reading.problem:
                    raise StorelakeError(f"{feed}: {window} could not be read again: {reading.problem}.")
                yield from self._take(reading, writer)

    @property
    def delete_scope(self) -> DeleteScope:
        """Nothing."""
        return DeleteScope()

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """None: what is read again may be of any time."""
        return None, None

    def _again(
        self, waiting: list[dict[str, Any]], sequences: dict[str, int], item: Item, writer: Any
    ) -> Iterator[pa.Table]:
        # A place and its pull: two pulls may have refused what stood at one place.
        texts = [(f"{_place(row['source_uri'])},{row['pull_id']}", row["document"].encode()) for row in waiting]
        table, refused = self._documents.read(texts)
        refused_by = {place: row for (place, _), row in zip(texts, waiting, strict=True)}
        newest = landing.newest_sequences(self.job.context.environment, self.job.feed, table["_record_key"], sequences)
        kept = [
            index
            for index, (key, place) in enumerate(
                zip(table["_record_key"].to_pylist(), table["place"].to_pylist(), strict=True)
            )
            if newest.get(key, 0) < sequences[refused_by[place]["pull_id"]]
        ]
        overtaken = table.num_rows - len(kept)
        table = table.take(pa.array(kept, pa.int64()))
        item.records_read = table.num_rows + len(refused)
        item.records_quarantined = len(refused)
        item.content_hash = hashlib.sha256(f"{self.pull.pull_id}{REPLAYED}".encode()).hexdigest()
        if overtaken:
            self.pull.notes.append(f"{overtaken} refused record(s) left alone: a newer version has landed")
        self._refuse_all(refused, item)
        yield from self._landed(table.to_batches(), writer)
        self.pull.add(item)

    def _refuse_all(self, refused: list[UnusableDocument], item: Item) -> None:
        for unfit in refused:
            self.pull.refuse(self._reject(unfit, item))


def _is_of_a_whole_list(row: dict[str, Any]) -> bool:
    return row["rule"] == UNREADABLE and _window(row["source_uri"]) is None


def _place(uri: str) -> str:
    return ",".join(uri.rpartition("#")[2].split(",")[:2])


def _window(uri: str) -> Window | None:
    return Window.parse(_place(uri).partition(",")[0])
