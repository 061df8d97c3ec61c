"""What of lost data files still exists: the files that they had replaced, and the archived files that their pulls read.

Nothing here is guessed: rows that are brought back are the same ones, under the pull that landed them, and as many as
the log and the ledger say.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from ingestion import scratch, systems
from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from ingestion.extract.base.candidate import Candidate
from ingestion.extract.base.jobs import Archived, Context
from ingestion.extract.base.parallel import Processes
from ingestion.lake import delta, raw
from ingestion.load import dlt_pipeline, landing
from ingestion.load.ledger import Ledger
from ingestion.pulls import Bounds, Feed, Pull

Brought = Counter[tuple[str, str]]
"""How many rows of each pull and operation were read."""


@dataclass(frozen=True)
class Bad:
    """A data file that is in a table's log and cannot be read; `path` is as the log has it."""

    path: str
    place: Path
    partition: Mapping[str, str]
    what: str


@dataclass(frozen=True)
class Reading:
    """What came of reading all data files of a table."""

    bad: list[Bad]
    brought: Brought


# ---------- reading ----------


def read(root: Path, table: DeltaTable, *, quick: bool = False) -> Reading:
    """Read each data file of a table: it is there, has the size and the rows that the log says, and every value of it.

    `quick` reads footers, and of bronze the columns that are counted.
    """
    found = Reading([], Counter())
    names = table.metadata().partition_columns
    for action in pa.table(table.get_add_actions(flatten=True)).to_pylist():
        place = root / unquote(action["path"])
        brought: Brought = Counter()
        if what := _problem(place, action["size_bytes"], action["num_records"], brought, quick=quick):
            partition = {name: str(action[f"partition.{name}"]) for name in names}
            found.bad.append(Bad(action["path"], place, partition, what))
        else:
            found.brought.update(brought)
    return found


def _problem(place: Path, size: int, records: int | None, brought: Brought, *, quick: bool = False) -> str | None:
    """What is wrong with a data file; `brought` counts its rows, where it is one of bronze."""
    try:
        if (held := place.stat().st_size) != size:
            return f"has {held} bytes, and the log says {size}"
        rows = _read(place, quick, brought)
    except FileNotFoundError:
        return "is missing"
    except (OSError, pa.ArrowException):
        return "is damaged: not all of it can be read"
    return f"has {rows} rows, and the log says {records}" if records is not None and rows != records else None


def _read(path: Path, quick: bool, brought: Brought) -> int:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        is_bronze = "_operation" in file.schema_arrow.names
        columns = ["_pull_id", "_operation"] if is_bronze and quick else None
        for batch in file.iter_batches(delta.ROW_GROUP, columns=columns) if not quick or is_bronze else ():
            if is_bronze:
                grouped = pa.Table.from_batches([batch]).group_by(["_pull_id", "_operation"])
                for row in grouped.aggregate([([], "count_all")]).to_pylist():
                    brought[row["_pull_id"], row["_operation"]] += row["count_all"]
        return int(file.metadata.num_rows)


def hash_of(path: Path) -> str | None:
    """The hash of what an archived file holds; None where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with raw.Content("", 0, None, path).open() as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except (OSError, pa.ArrowException):
        return None
    return digest.hexdigest()


# ---------- files that were replaced ----------


@dataclass(frozen=True)
class Exchange:
    """Files to be taken out of a table, and those that had held the same rows before, all in one partition."""

    removed: list[str]
    added: list[str]
    partition: Mapping[str, str]


@dataclass
class _Replacement:
    """What one commit of upkeep put in the place of what."""

    added: set[str] = field(default_factory=set)
    removed: dict[str, int] = field(default_factory=dict)
    rows: int = 0


def replaced(root: Path, table: DeltaTable, bad: Bad) -> Exchange | None:
    """The files that a lost one had replaced, where all of them are still there, whole."""
    commits = _replacements(root / "_delta_log")
    found = commits.get(bad.path)
    current = {action["path"] for action in pa.table(table.get_add_actions(flatten=True)).to_pylist()}
    if found is None or not found.added <= current:
        return None
    wanted = dict(found.removed)
    brought: Brought = Counter()
    while lost := [
        path for path, size in wanted.items() if _problem(root / unquote(path), size, None, Counter(), quick=True)
    ]:
        # It may have replaced others, which nobody has removed yet.
        before = commits.get(lost[0])
        if before is None or not before.added <= wanted.keys():
            return None
        wanted = {path: size for path, size in wanted.items() if path not in before.added} | before.removed
    if any(_problem(root / unquote(path), size, None, brought) for path, size in wanted.items()):
        return None
    rows = sum(pq.read_metadata(root / unquote(path)).num_rows for path in wanted)
    return Exchange(sorted(found.added), sorted(wanted), bad.partition) if rows == found.rows else None


def _replacements(log: Path) -> dict[str, _Replacement]:
    """By file that came, the commit that put it in the place of others."""
    found: dict[str, _Replacement] = {}
    for entry in sorted(log.glob("*.json")):
        commit = _Replacement()
        is_repair = False
        for text in entry.read_text("utf-8").splitlines():
            action = json.loads(text)
            is_repair = is_repair or action.get("txn", {}).get("appId") == delta.RESTORED
            if add := action.get("add"):
                commit.added.add(add["path"])
                commit.rows += json.loads(add.get("stats") or "{}").get("numRecords", 0)
            if (remove := action.get("remove")) and not remove["dataChange"]:
                commit.removed[remove["path"]] = remove.get("size") or -1
        if commit.removed and not is_repair:
            found.update(dict.fromkeys(commit.added, commit))
    return found


# ---------- pulls whose files are in the archive ----------


def lacking(name: str, brought: Brought, pulls: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The completed pulls of a table of bronze of which not all rows are held, in their order."""
    short = [
        pull
        for pull in pulls
        if pull["status"] == "completed"
        and f"bronze/{pull['system']}__{pull['entity']}" == name
        and (pull["records_landed"], pull["records_deleted"])
        != (brought[pull["pull_id"], "upsert"], brought[pull["pull_id"], "delete"])
    ]
    return sorted(short, key=lambda pull: pull["sequence"])


def obstacle(environment: Environment, pull: Mapping[str, Any]) -> str | None:
    """Why what a pull landed cannot be read again from the archive; None where it can."""
    if not isinstance(systems.load_all().get(pull["system"]), Archived):
        return f"{pull['system']} is no system of files, and what it answers is not archived"
    items = _items(environment, pull)
    for item in items:
        if not item["raw_uri"]:
            return f"{item['name']} is not in the archive"
        path = environment.lake / item["raw_uri"]
        if hash_of(path) != item["content_hash"]:
            return f"{item['raw_uri']} is missing or damaged"
    return None if items else f"the ledger names no file of pull {pull['pull_id']}"


def land_again(environment: Environment, name: str, pull: Mapping[str, Any], reading: Reading) -> int:
    """Append the rows of a pull that are not held, read anew from the archive; how many. Raises where they differ."""
    folder = environment.scratch()
    try:
        with closing(Processes(1)) as processes:
            context = Context(
                environment, Ledger(environment), Bounds(), 2, folder, lambda feed, item, total: None, processes
            )
            return _land_again(context, name, pull, reading)
    finally:
        scratch.remove(folder)


def _land_again(context: Context, name: str, facts: Mapping[str, Any], reading: Reading) -> int:
    environment = context.environment
    feed = Feed(facts["system"], facts["source"], facts["entity"])
    pull = Pull(feed, facts["scope"], 0, pull_id=facts["pull_id"], started_at=facts["started_at"])
    system = systems.load_all()[feed.system]
    assert isinstance(system, Archived)
    extraction = system.from_archive(context, pull, _archived(environment, facts), context.scratch)
    staged = context.scratch / "rows.parquet"
    rows = delta.write_file(staged, dlt_pipeline.rows(extraction.batches()))
    earlier = {
        pull_id: sequence for pull_id, sequence in context.ledger.sequences().items() if sequence < facts["sequence"]
    }
    table = DeltaTable(str(environment.lake / name))
    lost = {str(bad.place) for bad in reading.bad}
    files = [path for path in delta.paths(table, source=feed.source) if path not in lost]
    expected = (
        facts["records_landed"]
        + facts["records_deleted"]
        - sum(reading.brought[pull.pull_id, operation] for operation in ("upsert", "delete"))
    )

    def as_many(written: list[Path]) -> None:
        if sum(pq.read_metadata(path).num_rows for path in written) != expected:
            raise StorelakeError(f"what the archive holds of pull {pull.pull_id} is not what it had landed")

    with landing.compared(
        environment,
        table,
        feed,
        earlier,
        files,
        staged if rows else None,
        extraction.delete_scope,
        is_snapshot=pull.scope == "full",
    ) as found:
        if (found.landed, found.known, found.deleted) != tuple(
            facts[f"records_{word}"] for word in ("landed", "known", "deleted")
        ):
            raise StorelakeError(f"what the archive holds of pull {pull.pull_id} is not what it had landed")
        held = _positions(files, pull.pull_id) if expected < found.landed + found.deleted else None
        delta.append_again(
            table,
            _without(found.all_rows(pull), held),
            {"pulldate": str(facts["pulldate"]), "source": feed.source},
            check=as_many,
        )
    return int(expected)


def _archived(environment: Environment, pull: Mapping[str, Any]) -> list[Candidate]:
    return [
        Candidate(
            item["name"],
            Path(),
            item["size_bytes"],
            item["modified_at"],
            content=raw.archived(environment, pull["system"], item["content_hash"], item["size_bytes"]),
        )
        for item in _items(environment, pull)
    ]


def _items(environment: Environment, pull: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The files that a pull had read, in its order."""
    wanted = {"pull_id": pull["pull_id"], "status": "read"}
    return sorted(delta.rows(environment.ledger("pull_items"), None, wanted), key=lambda item: item["item"])


def _positions(files: Iterable[str], pull_id: str) -> pa.Array:
    found = []
    for path in files:
        with delta.open_parquet(path) as parquet:
            for batch in parquet.iter_batches(columns=["_pull_id", "_position"]):
                found.append(batch.filter(pc.equal(batch["_pull_id"], pull_id))["_position"])
    return pa.concat_arrays(found) if found else pa.array([], pa.int64())


def _without(batches: Iterator[pa.RecordBatch], positions: pa.Array | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch if positions is None else batch.filter(pc.invert(pc.is_in(batch["_position"], positions)))
