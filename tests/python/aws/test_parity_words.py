"""What parity says of two tables that differ; no engine but DuckDB is needed for it."""

from pathlib import Path

import duckdb
import pytest

from storelake.ci.parity import Table, compare_one

OURS = """
    select 1 as k, 'a' as t, cast('1.5000' as decimal(18, 4)) as d, timestamp '2026-01-01 00:00:00.000001' as at,
        cast(0.1 as double) + 0.2 as f, cast(null as varchar) as n
    union all select 2, '', null, null, null, 'x'
"""
THEIRS = [
    '"k","t","d","at","f","n"',
    '"1","a","1.5000","2026-01-01 00:00:00.000001","0.3",',
    '"2","",,,,"x"',
]


def _compare(tmp_path: Path, lines: list[str], key: tuple[str, ...] = ("k",)) -> list[str]:
    rows = tmp_path / "rows.csv"
    rows.write_text("\n".join(lines) + "\n")
    with duckdb.connect() as database:
        database.execute(f"create table ours as {OURS}")
        return compare_one(database, "ours", rows, Table("gold", "t", key)).differences


@pytest.mark.parametrize("key", [("k",), ()])
def test_equal_tables_are_equal(tmp_path: Path, key: tuple[str, ...]) -> None:
    """Whatever the order; doubles by the stated tolerance, where they are no key."""
    if key:
        assert _compare(tmp_path, [THEIRS[0], THEIRS[2], THEIRS[1]], key) == []
    else:
        exact = [THEIRS[0], THEIRS[1].replace("0.3", "0.30000000000000004"), THEIRS[2]]
        assert _compare(tmp_path, exact, key) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("1.5000", "1.5001"), "k = 1: d is Decimal('1.5000') on DuckDB and Decimal('1.5001') on Athena"),
        (("00.000001", "00.000002"), "k = 1: at is"),
        (('"0.3"', '"0.31"'), "k = 1: f is"),
        (('"0.3"', ""), "k = 1: f is"),
        (('"2","",', '"2",,'), "k = 2: t is '' on DuckDB and None on Athena"),
        (('"1","a"', '"7","a"'), "only Athena has k = 7"),
        (('"n"', '"m"'), "columns that only one has: m, n"),
    ],
)
def test_a_difference_is_named_by_key_column_and_both_values(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    """To the last digit and the microsecond; NULL is not the empty text."""
    found = _compare(tmp_path, [line.replace(*change) for line in THEIRS])
    assert any(says in one for one in found), found


def test_a_row_twice_is_a_difference(tmp_path: Path) -> None:
    """A join by key alone would not see it."""
    assert _compare(tmp_path, [*THEIRS, THEIRS[2]]) == ["a row is there more often on one side"]
