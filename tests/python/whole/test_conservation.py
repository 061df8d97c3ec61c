"""Verdicts on pulls follow what judges them: a feed may land before anything of silver reads it."""

from pathlib import Path

import duckdb
import pytest
import yaml
from projects import Project

from ingestion import environment as environments
from ingestion import run

STAGE = "dbt_project/models/silver/stock_feed/stg_stock_feed__items"
ITEMS = "".join(f'<item sku="A{number}"><location>l</location><quantity>1</quantity></item>' for number in range(3))
JUDGED = ("+conservation", "assert_every_pull_is_accounted_for", "assert_every_feed_has_a_stage")


def _verdicts(project: Project) -> list[tuple[str, bool | None]]:
    with duckdb.connect(str(project.work_file), read_only=True) as database:
        return database.execute("select verdict, is_silver_complete from ops.conservation").fetchall()


@pytest.mark.whole
def test_a_verdict_lasts_as_long_as_its_judge(tmp_path: Path) -> None:
    """Protects from a verdict that is wrong for ever: of a feed without a stage, of another stage, of rows that were mended."""
    project = Project.copy(tmp_path / "project")
    feed, sources = tmp_path / "feed.xml", tmp_path / "sources.toml"
    feed.write_text(f"<items>{ITEMS}</items>", "utf-8")
    sources.write_text(f'[stock_feed.x]\nurl = "{feed}"\n', "utf-8")
    variables = {"STORELAKE_LAKE": str(project.lake), "STORELAKE_SOURCES": str(sources)}
    outcomes = run.ingest(
        environments.load({"STORELAKE_SUBJECT_KEY": "k" * 40, **variables}), ["stock_feed"], source="x"
    )
    assert [outcome.error for outcome in outcomes] == [None]

    # The graph is what counts: a model of that name that does not read the feed is no stage of it.
    stage = project.folder / f"{STAGE}.sql"
    real = stage.read_text("utf-8")
    [declared] = yaml.safe_load((project.folder / f"{STAGE}.yml").read_text("utf-8"))["models"]
    nothing = ", ".join(f"cast(null as {column['data_type']}) as {column['name']}" for column in declared["columns"])
    config = "{{ config(materialized='incremental', incremental_strategy='append') }}"
    stage.write_text(f"-- one row per nothing\n{config}\nselect {nothing} where 1 = 0\n", "utf-8")
    project.build("--indirect-selection=cautious", "--select", *JUDGED)
    assert _verdicts(project) == [("has no stage yet", None)]

    stage.write_text(real, "utf-8")
    project.build("--indirect-selection=cautious", "--select", *JUDGED)
    assert _verdicts(project) == [("complete", True)]

    # Another judge looks again, and what it finds wrong is looked at until it is mended.
    with duckdb.connect(str(project.work_file)) as database:
        database.execute("delete from silver.stg_stock_feed__items where sku = 'A1'")
        database.execute("update ops.conservation set judged_by = 'somebody else'")
    assert not project.run("build", "--select", "conservation", "assert_every_pull_is_accounted_for").success
    assert _verdicts(project) == [("silver does not hold what bronze holds", False)]
    project.run("build", "--full-refresh", "--select", "stg_stock_feed__items")
    project.build("--select", "conservation", "assert_every_pull_is_accounted_for")
    assert _verdicts(project) == [("complete", True)]
