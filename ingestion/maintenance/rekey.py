"""Gives rows that have landed the subject keys that they would get today: other realms, another secret, older rules.

Bronze keeps every row, and all columns but `_subject_key`. A row is judged by its document, so that nothing has to be
remembered: what was done by a run that was killed is right, and is left alone by the next.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from ingestion import duckdb_engine, scratch, sources, systems
from ingestion.environment import Environment
from ingestion.errors import Overtaken, StorelakeError
from ingestion.lake import delta, schemas
from ingestion.load.ledger import Ledger
from ingestion.maintenance import compact
from ingestion.records.envelope import RecordShape
from ingestion.records.subjects import subject_keys

_COLUMNS = [field for field in schemas.ENVELOPE if field.name not in ("source", "pulldate")]
_KEPT = [field for field in _COLUMNS if field.name != "_subject_key"]


@dataclass
class Rekeyed:
    """What was done for one table."""

    name: str
    rows: int = 0
    files: int = 0


def rekey(environment: Environment) -> list[Rekeyed]:
    """Give the rows of all tables with a person the subject keys of today, one commit a partition."""
    if environment.bucket:
        raise StorelakeError("Subject keys of a lake in a bucket cannot be changed: --rekey is for lakes on a disk.")
    duckdb_engine.limit_memory_growth()
    scratch.remove_left(environment.work)
    folder = environment.scratch()
    found = []
    try:
        for system in systems.load_all().values():
            for entity in system.entities:
                shape = getattr(entity, "shape", None)
                uri = environment.bronze(system.name, entity.entity)
                if isinstance(shape, RecordShape) and shape.subject and delta.opened(uri):
                    with closing(duckdb_engine.connect(environment.landing_memory, folder)) as database:
                        found.append(_Table(environment, database, system.name, uri, shape.subject).rekey())
    finally:
        scratch.remove(folder)
    return found


class _Table:
    def __init__(
        self, environment: Environment, database: duckdb.DuckDBPyConnection, system: str, uri: str, subject: str
    ) -> None:
        self._environment = environment
        self._database = database
        self._system = system
        self._uri = uri
        self._path = "'$.\"" + subject.replace("'", "''") + "\"'"

    def rekey(self) -> Rekeyed:
        """Go on until each file of the newest version has been looked at, what came meanwhile too."""
        done = Rekeyed(Path(self._uri).name)
        looked_at: set[str] = set()
        while partitions := self._partitions(looked_at):
            for partition, paths in partitions.items():
                if self._partition(done, partition, paths):
                    looked_at.update(paths)
        return done

    def _partitions(self, looked_at: set[str]) -> dict[tuple[tuple[str, str], ...], list[str]]:
        table = DeltaTable(self._uri)
        found: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for path, _, values in sorted(compact.data_files(table, table.metadata().partition_columns)):
            if path not in looked_at:
                found.setdefault(values, []).append(path)
        return found

    def _partition(self, done: Rekeyed, partition: tuple[tuple[str, str], ...], paths: list[str]) -> bool:
        """Replace the files of a partition that hold other keys; False where compaction has just replaced them."""
        table = DeltaTable(self._uri)
        there = {path for path, _, _ in compact.data_files(table, table.metadata().partition_columns)}
        source = dict(partition)["source"]
        realm = sources.realm(self._environment.sources, self._system, source)
        wrong: list[str] = []
        rows = 0
        for path in paths:
            if path not in there:
                continue
            count = self._count_wrong(self._local(path), source, realm)
            if count:
                wrong.append(path)
                rows += count
        if not wrong:
            return True
        held = [self._local(path) for path in wrong]
        before = compact.digest(self._database, held, _KEPT)

        def check(written: list[Path]) -> None:
            if compact.digest(self._database, written, _KEPT) != before:
                raise StorelakeError(f"{self._uri}: more than subject keys would change; nothing was changed.")

        try:
            delta.replace_files(
                table,
                (batch for path in held for batch in self._rekeyed(path, source, realm)),
                dict(partition),
                wrong,
                # The same as of compaction: of both, only one may replace a file.
                transaction=(compact.TRANSACTION, (table.transaction_version(compact.TRANSACTION) or 0) + 1),
                check=check,
            )
        except Overtaken:
            return False
        done.rows += rows
        done.files += len(wrong)
        return True

    def _local(self, path: str) -> Path:
        return Path(self._uri) / unquote(path)

    def _count_wrong(self, path: Path, source: str, realm: str) -> int:
        count = 0
        for old, new in self._keys(path, source, realm):
            count += pc.sum(pc.not_equal(pc.fill_null(old, ""), pc.fill_null(new, ""))).as_py() or 0
        return count

    def _keys(self, path: Path, source: str, realm: str) -> Iterator[tuple[pa.ChunkedArray, pa.ChunkedArray]]:
        for batch in self._rows(path, source, ["_subject_key"]):
            yield batch["_subject_key"], self._new_keys(batch, realm)

    def _rekeyed(self, path: Path, source: str, realm: str) -> Iterator[pa.RecordBatch]:
        schema = pa.schema(_COLUMNS)
        for batch in self._rows(path, source, schema.names):
            keyed = batch.set_column(schema.names.index("_subject_key"), "_subject_key", self._new_keys(batch, realm))
            yield from keyed.select(schema.names).cast(schema).to_batches()

    def _new_keys(self, rows: pa.Table, realm: str) -> pa.Array:
        """The keys by the document; a delete of a record that is nowhere else keeps the one it has."""
        new = subject_keys(self._environment.subject_key, realm, rows["_person"])
        return pc.if_else(rows["_is_unknown"].combine_chunks(), rows["_subject_key"].combine_chunks(), new)

    def _rows(self, path: Path, source: str, names: list[str]) -> Iterator[pa.Table]:
        """Rows of a file with `_person`; a delete is about the person of the newest version before it."""
        self._find_deleted(path, source)
        columns = ", ".join(f"f.{name}" for name in names)
        query = f"""
            select {columns},
                case
                    when f._operation = 'delete' then d.person
                    else json_extract_string(f._document, {self._path})
                end as _person,
                f._operation = 'delete' and d.person is null as _is_unknown
            from {compact.read_files([path])} as f
            left join deleted as d on f._operation = 'delete' and f._position = d._position and f._pull_id = d._pull_id
        """
        for batch in self._database.execute(query).to_arrow_reader(compact.rows_at_once([path])):
            yield pa.Table.from_batches([batch])

    def _find_deleted(self, path: Path, source: str) -> None:
        self._database.execute(f"""
            create or replace temp table gone as
            select _record_key, _pull_id, _position from {compact.read_files([path])} where _operation = 'delete'
        """)
        self._database.execute(
            "create or replace temp table deleted (_pull_id varchar, _position bigint, person varchar)"
        )
        if self._database.execute("select count(*) from gone").fetchone() == (0,):
            return
        sequences = Ledger(self._environment).sequences()
        order = pa.table({"_pull_id": [*sequences], "sequence": [*sequences.values()]})
        self._database.register(
            "order_of_pulls", order.cast(pa.schema([("_pull_id", "string"), ("sequence", "int64")]))
        )
        held = [Path(file) for file in delta.paths(DeltaTable(self._uri), source=source)]
        self._database.execute(f"""
            insert into deleted
            select
                g._pull_id, g._position,
                arg_max(
                    coalesce(json_extract_string(h._document, {self._path}), ''), (h_order.sequence, h._position)
                )
            from gone as g
            join order_of_pulls as g_order on g._pull_id = g_order._pull_id
            join {compact.read_files(held)} as h on g._record_key = h._record_key and h._operation = 'upsert'
            join order_of_pulls as h_order on h._pull_id = h_order._pull_id and h_order.sequence < g_order.sequence
            group by all
        """)
