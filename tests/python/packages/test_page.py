"""docs/dbt_expectations.md, the macros and the list of what the published package has say the same."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from package_project import PACKAGES, REPOSITORY, REQUIRED, parsed, signatures

PAGE = (REPOSITORY / "docs" / "dbt_expectations.md").read_text("utf-8")
PACKAGE_NAMES = ("dbt_expectations", "dbt_utils")
LATER = {"expect_multicolumn_sum_to_be_between"}
"""Came to the published package within 0.10, after the list was made."""


def without_column(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: default for name, default in arguments.items() if name != "column_name"}


def declared() -> dict[str, dict[str, Any]]:
    """What the tests' files declare."""
    return {
        name: without_column(arguments) for package in PACKAGE_NAMES for name, arguments in signatures(package).items()
    }


def test_the_page_has_each_test_with_its_arguments_and_defaults() -> None:
    """Whoever reads the page can write the yml: nothing is missing there, nothing is another way, nothing is too much."""
    rows = dict(parsed(call) for call in re.findall(r"^\| `(\w+\([^`]*\))` \|(?:[^|\n]*\|){3}$", PAGE, re.MULTILINE))
    assert rows == declared()


def test_the_page_has_each_helper() -> None:
    """The macros that people may call are exactly those of the folder `helpers`, with the same arguments."""
    rows = dict(parsed(call) for call in re.findall(r"^\| `(\w+\([^`]*\))` \|[^|\n]*\|$", PAGE, re.MULTILINE))
    folder = PACKAGES / "dbt_expectations" / "macros" / "helpers"
    files = {}
    for path in folder.glob("*.sql"):
        signature = re.search(r"{% macro (.*?) -?%}", path.read_text("utf-8"))
        assert signature is not None
        files.update([parsed(signature[1])])
    assert rows == files


def examples() -> list[tuple[str, dict[str, Any], bool]]:
    """(test, arguments, whether it stands at a column) of the page's yml."""
    found = []
    for block in re.findall(r"```yaml\n(models:.*?)```", PAGE, re.DOTALL):
        for model in yaml.safe_load(block)["models"]:
            places = [(model, False), *((column, True) for column in model.get("columns", []))]
            for place, is_column in places:
                for entry in place.get("data_tests", []):
                    name, content = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
                    found.append((name.split(".")[1], content.get("arguments", {}), is_column))
    return found


def test_each_example_could_stand_in_a_yml() -> None:
    """Every test has one, at a column where it needs one, with arguments that it has and all that it cannot do without."""
    tests = {name: arguments for package in PACKAGE_NAMES for name, arguments in signatures(package).items()}
    wrong = []
    for name, arguments, is_column in examples():
        given = {**arguments, **({"column_name": ""} if is_column else {})}
        required = {argument for argument, default in tests[name].items() if default is REQUIRED}
        if not set(given) <= set(tests[name]) or not required <= set(given):
            wrong.append(f"{name}: {arguments}")
    assert wrong == []
    assert {name for name, _, _ in examples()} == set(tests)


def test_names_and_defaults_are_the_published_ones(shared: Callable[..., Path]) -> None:
    """The package can be replaced by the published one, with every yml as it is."""
    text = shared("reference", "dbt_expectations.md").read_text("utf-8")
    published = {}
    for name, arguments in re.findall(r"^\| `(\w+)` \| (?:model|column) \| (.*) \|$", text, re.MULTILINE):
        published.update([parsed(f"{name}({', '.join(re.findall(r'`([^`]+)`', arguments))})")])
    assert len(published) == 65
    ours = {name: without_column(arguments) for name, arguments in signatures("dbt_expectations").items()}
    assert {name: arguments for name, arguments in ours.items() if name not in LATER} == published
