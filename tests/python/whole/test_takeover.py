"""A lake that another version of the code has built: the first build of today's code makes of it what a fresh one has."""

import shutil
import tarfile
from pathlib import Path

import duckdb
import pytest
from lakes import line, table
from projects import Project, difference
from test_demo import storelake

from ingestion import run
from ingestion.environment import PROJECT, load

OLD = Path(__file__).parent / "data" / "lake_of_8943b7e.tar.xz"
"""Two days of UCI, four shops of 30 orders, three feeds, rates, two records in quarantine, as that commit built them."""
SCHEMAS = ("silver", "gold", "seeds")

pytestmark = pytest.mark.whole


def test_a_lake_of_an_older_version_is_taken_over(tmp_path: Path) -> None:
    """Protects who updates: no row, column or table of the old code is left, and no later build begins anew."""
    old, fresh = tmp_path / "old", tmp_path / "fresh"
    with tarfile.open(OLD) as packed:
        packed.extractall(old, filter="data")
    (old / "storelake.duckdb").write_bytes((old / "work" / "storelake.duckdb").read_bytes())
    for room in ("bronze", "ledger"):
        shutil.copytree(old / room, fresh / room)
    with duckdb.connect(str(old / "work" / "storelake.duckdb")) as database:
        # Rows and a table that no code of today makes.
        database.execute("update silver.stg_magento__orders set order_number = 'of the old code'")
        database.execute("create table gold.dim_renamed as select 1 as renamed_key")

    taken = storelake(old, "build")
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert "Built anew, since other code had made them: " in taken.stdout
    assert "Dropped, since no model makes them any more: gold.dim_renamed" in taken.stdout
    built = storelake(fresh, "build")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "Built anew" not in built.stdout

    made, wanted = Project(PROJECT, old).tables(SCHEMAS), Project(PROJECT, fresh).tables(SCHEMAS)
    assert len(made["gold.fct_order_lines"]) > 5_000
    assert made.keys() == wanted.keys()
    assert not difference(made, wanted)
    columns = "select table_schema, table_name, column_name, data_type from information_schema.columns order by all"
    assert _rows(old, columns) == _rows(fresh, columns)

    again = storelake(old, "build")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Built anew" not in again.stdout
    assert not difference(Project(PROJECT, old).tables(SCHEMAS), wanted)


def test_only_what_code_makes_others_is_built_anew(tmp_path: Path) -> None:
    """Protects what full refreshes cost: a comment changes nothing; a macro, the models that use it and those behind."""
    project = Project.copy(tmp_path)
    environment = load({"STORELAKE_LAKE": str(project.lake), "STORELAKE_SUBJECT_KEY": "k" * 40})
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "1.csv").write_text(table(line(1, "A")))
    assert not run.ingest(environment, ["online_retail"], source="shop", folder=tmp_path / "files")[0].error
    stage, macro = "stg_online_retail__invoice_lines", tmp_path / "macros" / "documents" / "typed_versions.sql"
    model = next((tmp_path / "dbt_project" / "models").rglob(f"{stage}.sql"))
    build = ("run", "--select", "model_code", "pulls", stage)
    project.run("seed")
    assert project.run(*build).success
    with duckdb.connect(str(project.work_file)) as database:
        database.execute(f"update silver.{stage} set stock_code = 'of the old code'")

    model.write_text(f"-- a comment\n{{# another #}}\n{model.read_text()}")
    macro.write_text(f"{{# a comment #}}\n{macro.read_text()}")
    assert project.run(*build).success
    assert _codes(project, stage) == ["of the old code"]

    # One that is called by macros that have a body for each engine.
    deep = tmp_path / "macros" / "types" / "number_grammar.sql"
    deep.write_text(deep.read_text().replace("-%}", "-%}{%- set other_code = 1 -%}", 1))
    # A model that another one reads, which this run does not make, is not known to be of today's code.
    assert project.run("run", "--select", "model_code", "pulls").success
    assert _codes(project, stage) == ["of the old code"]
    assert project.run(*build).success
    assert _codes(project, stage) == ["A"]


def _codes(project: Project, stage: str) -> list[str]:
    with duckdb.connect(str(project.work_file), read_only=True) as database:
        return [row[0] for row in database.execute(f"select stock_code from silver.{stage}").fetchall()]


def _rows(lake: Path, query: str) -> list[tuple[str, ...]]:
    with duckdb.connect(str(lake / "storelake.duckdb"), read_only=True) as database:
        return database.execute(query).fetchall()
