"""Reading a project: whatever the arguments of a test are, dbt can read the project; what is wrong is told by that test."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from package_project import ROOM, PackageProject, signatures

ARGUMENTS: dict[str, Any] = {
    "a macro call": "{{ dbt_expectations.type_datetime() }}",
    "macro calls in a list": ["{{ dbt_expectations.type_datetime() }}"],
    "a date": "{{ modules.datetime.date.today() }}",
    "nothing": None,
}
"""What dbt knows only when it runs: while it reads a project, a macro call is empty."""


@pytest.mark.parametrize("kind", [*ARGUMENTS, "left out"])
def test_a_project_can_be_read_whatever_the_arguments_are(tmp_path: Path, kind: str) -> None:
    """Protects the user's other models: an argument of one test kept dbt from reading any of them."""
    at_model, at_column = [], []
    for package in ("dbt_expectations", "dbt_utils"):
        for name, arguments in signatures(package).items():
            given = {
                argument: ARGUMENTS[kind] for argument in arguments if argument != "column_name" and kind in ARGUMENTS
            }
            place = at_column if "column_name" in arguments else at_model
            place.append({f"{package}.{name}": {"arguments": given, "config": {"meta": {"expect": "fail"}}}})
    assert len(at_model) + len(at_column) == 70
    project = PackageProject.copy(tmp_path)
    (tmp_path / ROOM / "models" / "called.sql").write_text("select 1 as num")
    model = {"name": "called", "data_tests": at_model, "columns": [{"name": "num", "data_tests": at_column}]}
    (tmp_path / ROOM / "models" / "called.yml").write_text(yaml.safe_dump({"models": [model]}))

    outcome = project._invoke("parse")

    assert outcome.success, outcome.exception
    assert (
        sum(
            getattr(node, "attached_node", "") == "model.dbt_expectations_tests.called"
            for node in outcome.result.nodes.values()
        )
        == 70
    )
