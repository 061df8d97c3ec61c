"""What a person gets to read: the rows that a test found, and what was wrong with its arguments."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from package_project import PackageProject

ROWS: list[tuple[str, str, dict[str, Any], list[str], list[tuple[Any, ...]]]] = [
    ("facts", "expect_column_values_to_be_between", {"column_name": "num", "max_value": 8}, ["num"], [(9,)]),
    (
        "facts",
        "expect_column_max_to_be_between",
        {"column_name": "num", "min_value": 3, "group_by": ["grp"]},
        ["grp", "maximum"],
        [("x", 2)],
    ),
    (
        "facts",
        "expect_column_max_to_be_between",
        {
            "column_name": "num",
            "min_value": 3,
            "group_by": ["id % 2", "maximum"],
            "model": "(select *, 1 as maximum from facts)",
        },
        ["group_1", "group_2", "maximum"],
        [(1, 1, 2)],
    ),
    (
        "facts",
        "expect_column_values_to_be_in_set",
        {"column_name": "num", "value_set": [1, 2, 5]},
        ["num"],
        [(9,), (None,)],
    ),
    (
        "facts",
        "expect_column_distinct_values_to_equal_set",
        {"column_name": "num", "value_set": [1, 2, 5, 7], "row_condition": "num is not null"},
        ["unexpected_value", "missing_value"],
        [(9, None), (None, "7")],
    ),
    (
        "facts",
        "expect_compound_columns_to_be_unique",
        {"column_list": ["num", "grp"]},
        ["num", "grp", "n_records"],
        [(2, "x", 2)],
    ),
    (
        "facts",
        "expect_column_pair_values_to_be_equal",
        {"column_A": "txt", "column_B": "txt_b"},
        ["txt", "txt_b"],
        [("ABC", "abc"), ("abd", "abe")],
    ),
    (
        "facts",
        "expect_column_most_common_value_to_be_in_set",
        {"column_name": "num", "value_set": [1, 9], "top_n": 3},
        ["common_value", "row_count"],
        [(5, 1)],
    ),
    (
        "facts",
        "equal_expression",
        {"expression": "sum(num)", "compare_model": "twice", "group_by": ["grp"], "compare_group_by": ["team"]},
        ["grp", "expression", "compare_expression", "difference", "difference_percent"],
        [("x", 5, 13, 8, 1.6), ("y", 5, 11, 6, 1.2), (None, 9, None, 9, 1.0)],
    ),
    (
        "facts",
        "expect_row_values_to_have_data_for_every_n_datepart",
        {"date_col": "day"},
        ["date_day", "row_count"],
        [(dt.datetime.fromisoformat("2024-01-04"), 0)],
    ),
    (
        "steps",
        "expect_column_values_to_be_increasing",
        {"column_name": "holed", "sort_column": "place", "group_by": ["grp"]},
        ["grp", "sort_value", "column_value", "value_before"],
        [("x", 2, 0, 1)],
    ),
    (
        "facts",
        "expect_table_columns_to_match_ordered_list",
        {"column_list": ["id", "num", "grp", "dec", "txt", "txt_b", "day", "day_text", "more"]},
        ["place", "found_column", "expected_column"],
        [(2, "GRP", "NUM"), (3, "NUM", "GRP"), (9, "", "MORE")],
    ),
    (
        "facts",
        "expect_column_values_to_be_of_type",
        {"column_name": "dec", "column_type": "double"},
        ["column_name", "column_type"],
        [("dec", "DECIMAL(10,2)")],
    ),
    (
        "facts",
        "expect_column_sum_to_be_between",
        {"column_name": "dec", "max_value": 10},
        ["total"],
        [(Decimal("13.25"),)],
    ),
]


@pytest.mark.parametrize(("table", "test", "arguments", "names", "rows"), ROWS)
def test_failing_rows_show_value_and_group(
    on_duckdb: PackageProject, table: str, test: str, arguments: dict[str, Any], names: list[str], rows: list[Any]
) -> None:
    """Whoever gets a failure sees what is wrong and where, without a query of their own."""
    with on_duckdb.macros() as call, on_duckdb.cursor() as database:
        found = database.execute(call("dbt_expectations", f"test_{test}", **{"model": table, **arguments}))
        assert [column[0] for column in found.description] == names
        assert sorted(found.fetchall(), key=repr) == sorted(rows, key=repr)


ERRORS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("expect_column_values_to_be_between", {"column_name": "num"}, ["column num", "min_value or max_value"]),
    ("expect_column_max_to_be_between", {"column_name": "num"}, ["column num", "min_value or max_value"]),
    (
        "expect_column_values_to_be_between",
        {"column_name": "day", "min_value": dt.date(2024, 1, 1)},
        ["column day", "cast('2024-01-01' as date)"],
    ),
    (
        "expect_column_values_to_match_regex_list",
        {"column_name": "txt", "regex_list": ["a"], "match_on": "some"},
        ["column txt", "match_on is one of any, all, not some"],
    ),
    (
        "expect_column_values_to_not_match_like_pattern_list",
        {"column_name": "txt", "like_pattern_list": ["a"], "match_on": "one"},
        ["column txt", "match_on is one of any, all"],
    ),
    ("expect_column_values_to_match_regex", {"column_name": "txt", "regex": "a", "flags": "ix"}, ["flags", "not x"]),
    ("expect_column_values_to_match_regex", {"column_name": "txt"}, ["column txt", "regex"]),
    (
        "expect_column_values_to_be_in_set",
        {"column_name": "num", "value_set": []},
        ["value_set is a list with at least"],
    ),
    ("expect_column_values_to_be_in_set", {"column_name": "num", "value_set": [1, None]}, ["NULL", "row_condition"]),
    ("expect_column_distinct_count_to_equal", {"column_name": "num"}, ["column num", "value is needed"]),
    ("expect_column_values_to_be_of_type", {"column_name": "num"}, ["column_type is needed"]),
    (
        "expect_column_quantile_values_to_be_between",
        {"column_name": "num", "quantile": 95, "min_value": 1},
        ["quantile is a number from 0 to 1, not 95"],
    ),
    (
        "expect_column_most_common_value_to_be_in_set",
        {"column_name": "num", "value_set": [1], "top_n": 0},
        ["top_n is a number from 1 on, not 0"],
    ),
    (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["id"], "ignore_row_if": "never"},
        ["ignore_row_if is one of all_values_are_missing, any_value_is_missing"],
    ),
    ("expect_compound_columns_to_be_unique", {"column_list": []}, ["column_list"]),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id"], "quote_columns": "yes"}, ["quote_columns"]),
    (
        "expect_column_pair_values_to_be_in_set",
        {"column_A": "num", "column_B": "id", "value_pairs_set": [[1, 2, 3]]},
        ["column num and id", "lists of two values, not [1, 2, 3]"],
    ),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["num"]}, ["sum_total is needed"]),
    (
        "expect_row_values_to_have_recent_data",
        {"column_name": "day", "datepart": "fortnight", "interval": 1},
        ["column day", "second, minute, hour, day, week, month, quarter, year, not fortnight"],
    ),
    ("expect_row_values_to_have_recent_data", {"column_name": "day", "datepart": "day"}, ["interval is needed"]),
    (
        "expect_row_values_to_have_data_for_every_n_datepart",
        {"date_col": "day", "interval": 0.5},
        ["column day", "interval is a number from 1 on"],
    ),
    ("expect_table_row_count_to_equal", {}, ["value is needed"]),
    (
        "equal_expression",
        {"expression": "count(*)", "group_by": ["grp"], "compare_group_by": ["grp", "id"]},
        ["group_by and compare_group_by"],
    ),
]


@pytest.mark.parametrize(("test", "arguments", "words"), ERRORS)
def test_wrong_arguments_are_named(
    on_duckdb: PackageProject, test: str, arguments: dict[str, Any], words: list[str]
) -> None:
    """A slip in the yml stops with the test, the table, the column and what was expected, not with an engine's riddle."""
    from dbt_common.exceptions import CompilationError

    with on_duckdb.macros() as call, pytest.raises(CompilationError) as raised:
        call("dbt_expectations", f"test_{test}", model="facts", **arguments)
    message = str(raised.value)
    assert [word for word in (f"dbt_expectations.{test} on facts", *words) if word not in message] == []


@pytest.mark.parametrize(
    ("test", "arguments", "words"),
    [
        ("unique_combination_of_columns", {"combination_of_columns": "id"}, ["a list of columns, not id"]),
        ("not_null_proportion", {"column_name": "num"}, ["column num", "at_least"]),
        (
            "mutually_exclusive_ranges",
            {"lower_bound_column": "id", "upper_bound_column": "num", "gaps": "some"},
            ["gaps is one of allowed, not_allowed, required, not some"],
        ),
    ],
)
def test_wrong_arguments_of_dbt_utils_are_named(
    on_duckdb: PackageProject, test: str, arguments: dict[str, Any], words: list[str]
) -> None:
    """The same for the other package."""
    from dbt_common.exceptions import CompilationError

    with on_duckdb.macros() as call, pytest.raises(CompilationError) as raised:
        call("dbt_utils", f"test_{test}", model="facts", **arguments)
    message = str(raised.value)
    assert [word for word in (f"dbt_utils.{test} on facts", *words) if word not in message] == []
