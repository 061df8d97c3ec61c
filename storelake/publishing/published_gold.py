"""Reading what is published."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ingestion.environment import Environment
from ingestion.errors import StorelakeError
from storelake.athena import result_file
from storelake.publishing.duckdb_file import published_file

if TYPE_CHECKING:
    import duckdb


def connect(environment: Environment) -> "duckdb.DuckDBPyConnection":
    """The published file, read-only; an error says what to run where there is none."""
    path = published_file(environment)
    if not path.exists():
        raise StorelakeError("Nothing is published yet: run storelake build (or make build).")
    import duckdb  # noqa: PLC0415

    return duckdb.connect(str(path), read_only=True)


_LINES = """
    select is_revenue, order_date, ship_country, ship_country_name, reporting_currency,
        sum(net_amount_reporting) as net_amount_reporting, sum({canceled}) as canceled_net_amount_reporting
    from "{prefix}_gold"."{table}" group by 1, 2, 3, 4, 5
"""
_CANCELED = {"fct_order_lines": "canceled_net_amount_reporting", "fct_return_lines": "decimal '0'"}
_SUMS = {
    "gold.fct_order_lines": _LINES,
    "gold.fct_return_lines": _LINES,
    "gold.dim_country": 'select country_code, country_name from "{prefix}_gold"."{table}"',
    "ops.missing_rates": 'select line_count from "{prefix}_ops"."{table}"',
}
_TYPES = {
    "is_revenue": "boolean",
    "order_date": "date",
    "net_amount_reporting": "decimal(38, 4)",
    "canceled_net_amount_reporting": "decimal(38, 4)",
    "line_count": "bigint",
}
"""Of columns that are no text: Athena's files do not say."""


@contextmanager
def revenue_tables(environment: Environment) -> "Iterator[duckdb.DuckDBPyConnection]":
    """What the revenue of all countries is made of: the published file, or, of a bucket, what Athena sums up."""
    if not environment.bucket:
        with connect(environment) as database:
            yield database
        return
    import duckdb  # noqa: PLC0415

    from ingestion.lake import athena, bucket  # noqa: PLC0415

    with TemporaryDirectory(prefix="storelake-") as folder, duckdb.connect() as database:
        for name, query in _SUMS.items():
            schema, table = name.split(".")
            file = Path(folder) / f"{table}.csv"
            statement = query.format(prefix=environment.catalog_prefix, table=table, canceled=_CANCELED.get(table))
            bucket.download(athena.run(environment, statement), file)
            database.execute(f"create schema if not exists {schema}")
            load_result(database, name, file)
        yield database


def load_result(database: "duckdb.DuckDBPyConnection", table: str, file: Path) -> None:
    """Make a table of a file of rows as Athena writes it, amounts as decimals."""
    columns = ", ".join(f"cast({name} as {_TYPES.get(name, 'varchar')}) as {name}" for name in result_file.names(file))
    database.execute(f"create table {table} as select {columns} from {result_file.as_texts(file)}")


def rows(
    database: "duckdb.DuckDBPyConnection", query: str, parameters: list[Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries."""
    found = database.execute(query, parameters or [])
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
