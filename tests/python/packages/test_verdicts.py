"""dbt_expectations and dbt_utils on DuckDB: each case of their test project, and that each argument does something."""

import re
from collections import defaultdict
from typing import Any

import duckdb
from package_project import REQUIRED, Case, PackageProject, signatures

PACKAGES = ("dbt_expectations", "dbt_utils")
WITHOUT_EFFECT = {"is_raw"}
"""Arguments that say nothing to these engines: their texts give a backslash no meaning of its own."""


def test_each_case_ends_as_it_says(on_duckdb: PackageProject) -> None:
    """Protects every verdict, on full and empty tables, NULLs, ties and groups, against any change of a test."""
    ends = {"pass": "pass", "fail": "warn"}
    wrong = [f"{case}: {case.status} {case.message}" for case in on_duckdb.cases if case.status != ends[case.expects]]
    assert on_duckdb.cases
    assert wrong == []


def test_each_argument_passes_and_fails_somewhere(on_duckdb: PackageProject) -> None:
    """No test and no argument is without a case of each kind, also one that is added tomorrow."""
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in on_duckdb.cases:
        for name in (*case.arguments, "model"):
            seen[case.test, name].add(case.expects)
    missing = [
        f"{test}, {name}: {expects}"
        for package in PACKAGES
        for test, arguments in signatures(package).items()
        for name in (*arguments, "model")
        for expects in ("pass", "fail")
        if expects not in seen[test, name]
    ]
    assert missing == []


def test_each_test_meets_an_empty_table(on_duckdb: PackageProject) -> None:
    """What a test makes of no rows is decided, not left to chance; tests of columns alone look at no rows."""
    met = {case.test for case in on_duckdb.cases if case.table == "no_facts"}
    columns_alone = {name for name in signatures("dbt_expectations") if "_column_to_exist" in name or "_type" in name}
    columns_alone |= {name for name in signatures("dbt_expectations") if name.startswith("expect_table_column")}
    rest = {"mutually_exclusive_ranges", "expect_table_aggregation_to_equal_other_table"}
    """The one has a partition without rows; the other is equal_expression by another name."""
    tests = {name for package in PACKAGES for name in signatures(package)}
    assert tests - met - columns_alone - rest == set()


def relation(value: Any) -> Any:
    """A `ref('x')` of the yml as the table's name."""
    found = re.fullmatch(r"ref\('(\w+)'\)", value) if isinstance(value, str) else None
    return found[1] if found else value


def failing_rows(database: duckdb.DuckDBPyConnection, call: Any, case: Case, arguments: dict[str, Any]) -> list[str]:
    """The rows that a test finds, or that it stops."""
    from dbt_common.exceptions import CompilationError

    given = {name: relation(value) for name, value in arguments.items()}
    try:
        query = call(case.package, f"test_{case.test}", model=case.table, **given)
        return sorted(map(repr, database.execute(query).fetchall()))
    except (duckdb.Error, CompilationError) as error:
        return [type(error).__name__]


def test_each_argument_matters(on_duckdb: PackageProject) -> None:
    """Without it some case finds other rows: no argument is taken and then forgotten, or read from a wrong place."""
    cases: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in on_duckdb.cases:
        for name in case.arguments:
            cases[case.test, name].append(case)
    idle = []
    with on_duckdb.macros() as call, on_duckdb.cursor() as database:
        for package in PACKAGES:
            for test, arguments in signatures(package).items():
                for name, default in arguments.items():
                    if default is REQUIRED or name in WITHOUT_EFFECT:
                        continue
                    for case in cases[test, name]:
                        rest = {key: value for key, value in case.arguments.items() if key != name}
                        full = failing_rows(database, call, case, case.arguments)
                        if full != failing_rows(database, call, case, rest):
                            break
                    else:
                        idle.append(f"{test}, {name}")
    assert idle == []
