"""What a gate has stopped stays unpublished until that gate is green over it, whoever runs dbt and whatever is selected."""

import os
import time
from pathlib import Path

import duckdb
import pytest
from lakes import line, table
from projects import Project

from ingestion import run
from ingestion.environment import Environment, load
from storelake.publishing import duckdb_file, gates

pytestmark = pytest.mark.whole


def _open(environment: Environment) -> dict[str, str]:
    """What publishing says is not green; nothing where it publishes."""
    try:
        duckdb_file.publish(environment)
    except gates.NotGreen as error:
        return {gate.name: gate.status for gate in error.gates} or {"everything": "not run"}
    return {}


def test_only_what_is_green_is_published(tmp_path: Path) -> None:
    """Protects readers: a red build, then parts that are green, then builds without tests and without rows."""
    project = Project.copy(tmp_path)
    environment = load({"STORELAKE_LAKE": str(project.lake), "STORELAKE_SUBJECT_KEY": "k" * 40})
    (tmp_path / "files").mkdir()
    file = tmp_path / "files" / "a.csv"
    file.write_text(table(line(1, "A"), line("C2", "A", quantity=-1)))
    os.utime(file, (time.time() - 100, time.time() - 100))
    [outcome] = run.ingest(environment, ["online_retail"], source="mine", folder=file.parent)
    assert outcome.error is None
    nothing = ("--exclude-resource-type", "unit_test")

    # A part that is green is not everything.
    assert project.run("run", "--select", "dim_date").success
    assert _open(environment) == {"everything": "not run"}
    # A fault of the project's own: the seed describes a store twice.
    seed = project.folder / "seeds" / "stores.csv"
    described = seed.read_text() + "online_retail,mine,main,Mine,GB,Europe/London,GBP,GBP\n"
    seed.write_text(described + "online_retail,mine,main,Mine again,GB,Europe/London,GBP,GBP\n")
    assert not project.run("build", *nothing).success
    stopped = _open(environment)
    assert stopped["stores_one_row_per_key"] == "fail"
    assert stopped["fct_order_lines"] == "skipped"
    project.build("--select", "dim_country", "--indirect-selection", "buildable")
    assert stopped.keys() <= _open(environment).keys()
    # The gate is green over what it stopped, and what stands behind it is built and green as well.
    seed.write_text(described)
    project.build("--select", "stores+")
    assert _open(environment) == {}
    target = duckdb_file.published_file(environment)
    with duckdb.connect(str(target), read_only=True) as database:
        assert database.execute("select count(*) from gold.fct_order_lines").fetchall() == [(1,)]
        assert database.execute("select count(*) from ops.open_gates").fetchall() == [(0,)]

    # Built and not tested; then tested.
    assert project.run("run", "--select", "dim_country").success
    untested = _open(environment)
    assert set(untested.values()) == {"not run"}
    assert project.run("test", "--select", *untested).success
    assert _open(environment) == {}
    # Built on no rows: green tests of nothing prove nothing.
    project.run("build", "--empty", "--select", "dim_country", *nothing)
    assert "dim_country" in _open(environment)
