"""Tables that an older version made: they get the columns that they lack, and lose nothing."""

from pathlib import Path

import pyarrow as pa

from ingestion.lake import delta


def test_a_table_gets_the_columns_that_it_lacks(tmp_path: Path) -> None:
    """Protects who updates: rows of before stay, with NULL in columns that came later, and new rows have all of them."""
    uri = str(tmp_path / "table")
    old = pa.schema([pa.field("pull_id", pa.string(), nullable=False)])
    new = pa.schema([*old, pa.field("requests", pa.int64(), nullable=False), pa.field("notes", pa.string())])
    delta.append_rows(uri, old, [{"pull_id": "a"}])

    delta.append_rows(uri, new, [{"pull_id": "b", "requests": 2, "notes": "x"}])
    version = delta.open_or_create(uri, new).version()
    table = delta.open_or_create(uri, new)
    assert table.version() == version
    assert sorted(table.to_pyarrow_table().to_pylist(), key=lambda row: row["pull_id"]) == [
        {"pull_id": "a", "requests": None, "notes": None},
        {"pull_id": "b", "requests": 2, "notes": "x"},
    ]
