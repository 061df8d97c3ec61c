"""The packages' test project, built on DuckDB and compiled for Athena, once for all tests of this room."""

from collections.abc import Iterator
from typing import Any

import pytest
from package_project import PackageProject, close


@pytest.fixture(scope="session")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageProject]:
    """The project after one `dbt build`: every case with what became of it."""
    project = PackageProject.copy(tmp_path_factory.mktemp("on_duckdb"))
    project.run("build")
    yield project
    close()


@pytest.fixture(scope="session")
def on_athena(on_duckdb: PackageProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageProject]:
    """The same cases as dbt-athena would send them: compiled by it, without a connection.

    Only what it would ask Glue for is answered from here: the columns of the tables, as DuckDB has them.
    """
    from dbt.adapters.athena.column import AthenaColumn
    from dbt.adapters.athena.impl import AthenaAdapter

    with on_duckdb.cursor() as database:
        tables = [name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()]
        columns = {table: database.execute(f"describe {table}").fetchall() for table in tables}
    close()

    def columns_of(self: Any, relation: Any) -> list[AthenaColumn]:
        found = columns[relation.identifier]
        glue = {"VARCHAR": "string", "INTEGER": "int"}
        return [AthenaColumn(column=name, dtype=glue.get(type_, type_.lower())) for name, type_, *_ in found]

    project = PackageProject.copy(tmp_path_factory.mktemp("on_athena"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setattr(AthenaAdapter, "get_columns_in_relation", columns_of)
        project.run("compile", "--target", "athena", "--no-populate-cache", "--select", "resource_type:test")
    yield project
    close()
