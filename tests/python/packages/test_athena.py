"""What the packages' tests say to Athena: SQL that it reads, functions that it has, and DuckDB's verdicts.

Each case's SQL is compiled by dbt-athena, read by sqlglot as Athena's, and run: on DuckDB, into whose words sqlglot puts
it, over the same tables. That is no proof that Athena runs it, and yet of what the text says.
"""

import duckdb
import sqlglot
from package_project import Case, PackageProject
from sqlglot import exp

TRINO = {
    *("abs", "avg", "array_agg", "array_sort", "cardinality", "ceil", "coalesce", "count", "date_add", "date_diff"),
    *("date_trunc", "element_at", "filter", "floor", "greatest", "lag", "lead", "length", "ln", "lower", "max", "md5"),
    *("min", "nullif", "random", "rank", "regexp_like", "regexp_position", "row_number", "sequence", "stddev_samp"),
    *("sum", "to_hex", "to_utf8", "transform", "unnest", "if"),
}
"""The functions of Trino's documentation that the packages use, and no other."""

SYNTAX = (exp.Cast, exp.Case, exp.If, exp.And, exp.Or, exp.Array, exp.CurrentTimestamp, exp.Exists, exp.Connector)
"""What sqlglot holds for functions and SQL for words of its own."""


def functions(query: exp.Expression) -> set[str]:
    """The functions that a query calls, by the names that Athena gets to read."""
    found = set()
    for node in query.find_all(exp.Func):
        if isinstance(node, exp.Anonymous):
            found.add(node.name.lower())
        elif not isinstance(node, SYNTAX):
            found.add(node.sql(dialect="athena").split("(")[0].strip().lower())
    return found


def as_duckdb(sql: str) -> str:
    """A query for Athena in DuckDB's words, over the tables in DuckDB."""
    query = sqlglot.parse_one(sql, dialect="athena")
    for table in query.find_all(exp.Table):
        table.set("catalog", None)
        table.set("db", None)
    return query.sql(dialect="duckdb")


def test_each_case_is_compiled_for_athena(on_duckdb: PackageProject, on_athena: PackageProject) -> None:
    """Every test has a body for Athena, whatever its arguments."""
    assert [f"{case}: {case.message}" for case in on_athena.cases if case.status != "success"] == []
    assert len(on_athena.cases) == len(on_duckdb.cases)


def test_athena_has_every_function(on_athena: PackageProject) -> None:
    """DuckDB's words never reach Athena: the published package failed there for one that Trino does not have."""
    used: dict[str, Case] = {}
    for case in on_athena.cases:
        for name in functions(sqlglot.parse_one(case.compiled, dialect="athena")):
            used.setdefault(name, case)
    assert {name: str(case) for name, case in used.items() if name not in TRINO} == {}
    assert {"regexp_like", "date_add", "sequence"} <= set(used)


def test_athena_bodies_come_to_the_same_verdicts(on_duckdb: PackageProject, on_athena: PackageProject) -> None:
    """What is written twice says the same twice."""
    wrong = []
    with on_duckdb.cursor() as database:
        # Trino divides whole numbers to whole numbers.
        database.execute("set integer_division = true")
        for case in on_athena.cases:
            query = as_duckdb(case.compiled)
            try:
                found = "fail" if database.execute(query).fetchall() else "pass"
            except duckdb.Error as error:
                found = f"{error}\n{query}"
            if found != case.expects:
                wrong.append(f"{case}: {found}, not {case.expects}")
    assert wrong == []
