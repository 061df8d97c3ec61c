"""Gold as parquet files, for tools that have no DuckDB driver."""

import secrets
import shutil
from pathlib import Path

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake.publishing import published_gold


def export(environment: Environment, folder: Path, schema: str = "gold") -> dict[str, int]:
    """Write each published table of `schema` to `<folder>/<table>.parquet`; returns the row counts.

    The files appear together: they are written beside the folder and moved in one by one at the end.
    """
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    counts: dict[str, int] = {}
    with published_gold.connect(environment) as database:
        tables = published_gold.rows(
            database,
            "select table_name from information_schema.tables where table_schema = ? order by table_name",
            [schema],
        )
        if not tables:
            raise StorelakeError(f"There is no published schema '{schema}'; there are silver, gold and ops.")
        partial.mkdir(parents=True)
        try:
            for table in (row["table_name"] for row in tables):
                path = partial / f"{table}.parquet"
                target = str(path).replace("'", "''")
                database.execute(f"copy {schema}.\"{table}\" to '{target}' (format parquet, compression zstd)")
                counts[table] = published_gold.rows(database, f'select count(*) as n from {schema}."{table}"')[0]["n"]
            folder.mkdir(parents=True, exist_ok=True)
            for path in partial.iterdir():
                path.replace(folder / path.name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return counts
