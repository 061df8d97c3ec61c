"""The file that Athena writes a query's rows into: all values in quotes, but for a NULL, and none with a type."""

from pathlib import Path


def names(file: Path) -> list[str]:
    """The columns of a file."""
    with file.open(encoding="utf-8") as lines:
        return lines.readline().strip().strip('"').split('","')


def as_texts(file: Path) -> str:
    """What DuckDB reads its rows from, all columns as texts: an empty text and a NULL stay what they are."""
    texts = ", ".join(f"'{name}': 'VARCHAR'" for name in names(file))
    return (
        f"read_csv('{file}', header = true, columns = {{{texts}}}, nullstr = '', allow_quoted_nulls = false, "
        "quote = '\"', escape = '\"', delim = ',', auto_detect = false, new_line = '\\n', max_line_size = 16777216, "
        "parallel = false)"
    )
