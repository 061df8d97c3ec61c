"""csv_file: one meaning of a file, whichever way it is read and wherever it is cut."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.errors import Refused
from ingestion.extract.formats import csv_file
from ingestion.extract.formats.csv_file import CHUNK

TINY = 7
FIELDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=6) | st.sampled_from(
    [
        "",
        " ",
        '"',
        '""',
        ",",
        "\n",
        'a"b',
        "\ufeff",
        "é",
        "€",
        "NULL",
        "NaN",
        "1e5",
        "'",
        "\\",
        "\t",
        "\u2028",
        "\x1a",
        "c0",
    ]
)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(FIELDS, min_size=width, max_size=width), min_size=1, max_size=8)
)


class Reading:
    """What came of reading bytes: rows with the lines they began on, and what could not be read."""

    def __init__(self, data: bytes, scratch: Path, required: list[str] | None = None) -> None:
        lines = csv_file.read(io.BytesIO(data), required or [], scratch)
        found = pa.Table.from_batches(lines.batches(), lines.schema).to_pydict()
        self.columns = lines.columns
        self.numbers = found.pop("_line")
        self.rows = [list(row) for row in zip(*found.values(), strict=True)]
        self.bad = [(bad.line, bad.rule, bad.text) for bad in lines.bad]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reading) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return str(vars(self))


class Ways:
    """Reads the same bytes in every way there is, and insists on one result."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
        self._monkeypatch = monkeypatch
        self._scratch = scratch

    def __call__(self, data: bytes) -> Reading:
        read = Reading(data, self._scratch)
        header = data.find(b"\n") + 1 or len(data)
        with self._monkeypatch.context() as patch:
            patch.setattr(csv_file, "CHUNK", max(TINY, header))
            assert Reading(data, self._scratch) == read, "cut into small chunks"
            patch.setattr(csv_file._ChunkReader, "_fast", lambda self, chunk: None)
            assert Reading(data, self._scratch) == read, "small chunks, line by line"
            patch.setattr(csv_file, "CHUNK", CHUNK)
            assert Reading(data, self._scratch) == read, "line by line"
        return read


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Ways:
    """All ways of reading."""
    return Ways(pytest.MonkeyPatch(), tmp_path_factory.mktemp("csv"))


def written(rows: list[list[str]], end: str, quoting: Any) -> bytes:
    """The rows under a header of their own, written by Python's csv."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator=end, quoting=quoting)
    writer.writerow([f"name {number}" for number in range(len(rows[0]))])
    writer.writerows(rows)
    return target.getvalue().encode()


def spoken(data: bytes) -> tuple[list[list[str]], list[int]]:
    """What Python's csv reads below the header, and the lines on which records began; empty lines are none."""
    text = io.StringIO(data.decode(), newline="\n")
    reader = csv.reader(text, strict=True)
    rows, numbers, before = [], [], 0
    for row in reader:
        if row and before:
            rows.append(row)
            numbers.append(before + 1)
        before = reader.line_num
    return rows, numbers


@settings(max_examples=150, deadline=None)
@given(rows=TABLES, end=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@example(rows=[["a", "b"], ["\n\n", '"\n,'], ["", ""]], end="\r\n", quoting=csv.QUOTE_MINIMAL)
def test_well_formed_files_read_as_pythons_csv_reads_them(ways: Ways, rows: list, end: str, quoting: Any) -> None:
    """A well-formed file has one meaning: the fast way, the slow way and Python's csv agree, to the line numbers."""
    data = written(rows, end, quoting)
    read = ways(data)
    assert read.bad == []
    assert (read.rows, read.numbers) == spoken(data)
    assert read.rows == rows


@settings(max_examples=200, deadline=None)
@given(
    body=st.lists(
        st.sampled_from([b'"', b",", b"\n", b"\r\n", b"\r", b"a", b"\xc3\xa9", b"\xe9", b"\x00", b"a,b\n", b'"x"'])
    )
)
@example(body=[b'"', b"\n"] * 60)
@example(body=[b'"a"b,1\n', b'"x",bb\n', b'a"aa,b\n'])
@example(body=[b"a,b\n", b'"x"', b"a", b",", b"\n"])
def test_ill_formed_files_read_the_same_wherever_they_are_cut(ways: Ways, body: list[bytes]) -> None:
    """Where chunks end and which way reads them never decides what lands and what is refused; no line goes missing."""
    data = b"a,b\n" + b"".join(body)
    read = ways(data)
    for row in read.rows:
        assert len(row) == 2
    seen = {*read.numbers, *(number for number, _, _ in read.bad)}
    assert len(seen) == len(read.numbers) + len(read.bad)
    physical = data.split(b"\n")[1:]
    multiline = any("\n" in value for row in read.rows for value in row)
    if not multiline:
        assert seen == {number for number, text in enumerate(physical, 2) if text.strip(b"\r")}


@pytest.mark.parametrize("name", ["unquoted", "quoted"])
def test_long_fields_read_alike(ways: Ways, name: str) -> None:
    """A field may be longer than Python's csv takes by default, in either way of reading."""
    long = "x" * 200_000
    data = f'a,b\n{long},"1\n2"\n' if name == "unquoted" else f'a,b\n"{long}",2\n'
    read = Reading(data.encode(), Path())
    assert (read.bad, read.rows[0][0]) == ([], long)
    assert ways(data.encode()) == read


def test_spectrum(shared: Callable[..., Path], tmp_path: Path) -> None:
    """The files of csv-spectrum that have a header and rows read as their authors say."""
    seen = 0
    for path in sorted(shared("data", "bad_inputs", "csv_spectrum", "csvs").glob("*.csv")):
        said = json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text())
        expected = said if isinstance(said, list) else [said]
        read = Reading(path.read_bytes(), tmp_path)
        rows = [dict(zip(read.columns, row, strict=True)) for row in read.rows]
        for row in [*rows, *expected]:
            row.pop("Contact Phone Number", None)  # differs between their own csv and json
        assert (path.stem, rows, read.bad) == (path.stem, expected, [])
        seen += 1
    assert seen == 12


UNREADABLE = {
    "a field too few": (b"1", (3, "field_count")),
    "a field too many": (b"1,2,3", (3, "field_count")),
    "a NUL byte": (b"1,\x002", (3, "nul_byte")),
    "Latin-1": (b"1,caf\xe9", (3, "encoding")),
    "half a character": (b"1,caf\xc3", (3, "encoding")),
    "a surrogate": (b"1,\xed\xa0\x80", (3, "encoding")),
    "a header again": (b"a,b", (3, "repeated_header")),
    "a quote that never closes": (b'1,"2', (3, "unclosed_quote")),
    "text behind a closing quote": (b'1,"2"x', (3, "quotes")),
    "a lone carriage return": (b"1\r2,3", (3, "carriage_return")),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_one_unreadable_line_costs_one_line(ways: Ways, name: str) -> None:
    """The line, its rule and its text are kept; the lines around it are read."""
    text, (line, rule) = UNREADABLE[name]
    read = ways(b"a,b\nbefore,1\n" + text + b"\nafter,2\nlast,3\n")
    assert read.bad == [(line, rule, text.decode(errors="backslashreplace"))]
    assert read.rows == [["before", "1"], ["after", "2"], ["last", "3"]]
    assert read.numbers == [2, 4, 5]


def test_record_of_several_lines_with_a_wrong_number_of_fields_is_refused_whole(ways: Ways) -> None:
    """The rest of a refused record must never be read as a record of its own."""
    read = ways(b'a,b,c\n1,"x\ny",2,3\n4,5,6\n')
    assert read.rows == [["4", "5", "6"]]
    assert [number for number, _, _ in read.bad] == [2, 3]


UNUSABLE = {
    "empty": (b"", "empty_file", None),
    "only a byte order mark": (b"\xef\xbb\xbf", "header", "a"),
    "only line ends": (b"\n\n\n", "header", "a"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "encoding", None),
    "UTF-16 big-endian, no mark": ("a,b\n1,2\n".encode("utf-16-be"), "encoding", None),
    "UTF-32": ("a,b\n1,2\n".encode("utf-32"), "encoding", None),
    "semicolons": (b"a;b\n1;2\n", "header", "a"),
    "tabs": (b"a\tb\n1\t2\n", "header", "a"),
    "no header": (b"1,2\n3,4\n", "header", "a"),
    "a name missing": (b"a,c\n1,2\n", "header", "b"),
    "a name twice": (b"a,b,b\n1,2,3\n", "header", "b"),
    "a header in Latin-1": (b"a,b,caf\xe9\n1,2,3\n", "encoding", None),
    "a quote in the header that never closes": (b'a,b,"c\n1,2,3\n', "encoding", None),
    "old line ends": (b"a,b\r1,2\r", "encoding", None),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "encoding", None),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_files_are_refused_as_a_whole(name: str, tmp_path: Path) -> None:
    """A file without the columns that it needs is one refusal with a rule, never thousands of odd records."""
    data, rule, field = UNUSABLE[name]
    with pytest.raises(Refused) as refused:
        Reading(data, tmp_path, ["a", "b"])
    assert (refused.value.rule, refused.value.field) == (rule, field)


def test_a_wrong_separator_is_named(tmp_path: Path) -> None:
    """Whoever exported with semicolons is told so."""
    with pytest.raises(Refused, match="semicolons"):
        Reading(b"a;b\n1;2\n", tmp_path, ["a", "b"])


USABLE = {
    "byte order mark": b"\xef\xbb\xbfa,b\n1,2\n",
    "CRLF": b"a,b\r\n1,2\r\n",
    "no end": b"a,b\n1,2",
    "CRLF and no end": b"a,b\r\n1,2",
    "empty lines": b"a,b\n\n1,2\n\r\n\n",
    "spaces around names": b" a , b \n1,2\n",
    "quoted header": b'"a","b"\n"1","2"\n',
}


@pytest.mark.parametrize("name", USABLE)
def test_harmless_differences_make_none(ways: Ways, name: str) -> None:
    """Marks, line ends, empty lines and quotes that change nothing change nothing."""
    read = ways(USABLE[name])
    assert (read.columns, read.rows, read.bad) == (["a", "b"], [["1", "2"]], [])


def test_header_only_is_a_table_without_rows(ways: Ways) -> None:
    """A day without sales is a fact, not a fault."""
    assert ways(b"a,b\n").rows == ways(b"a,b").rows == []


def test_too_many_unreadable_lines_refuse_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is no table fills neither memory nor quarantine."""
    monkeypatch.setattr(csv_file, "MAX_BAD_LINES", 10)
    with pytest.raises(Refused) as refused:
        Reading(b"a,b\n" + b"x\n" * 11, tmp_path)
    assert (refused.value.rule, refused.value.line) == ("unreadable", 12)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by the longest line that is allowed."""
    monkeypatch.setattr(csv_file, "CHUNK", 64)
    monkeypatch.setattr(csv_file, "MAX_LINE", 1000)
    with pytest.raises(Refused) as refused:
        Reading(b"a,b\n1,2\n" + b"x" * 5000, tmp_path)
    assert refused.value.rule == "line_too_long"


def test_lines_beyond_memory_are_spooled_and_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file passes through a file of its own, which is given back, and reads the same."""
    data = b"a,b\n" + b"".join(b"%d,%d\n" % (n, n) for n in range(5000))
    before = Reading(data, tmp_path)
    monkeypatch.setattr("ingestion.records.text_rows.IN_MEMORY", 10_000)
    monkeypatch.setattr(csv_file, "CHUNK", 4096)
    lines = csv_file.read(io.BytesIO(data), [], tmp_path)
    assert lines.is_large
    assert Reading(data, tmp_path) == before
    lines.discard()
    assert len(list(tmp_path.iterdir())) == 1, "only the other reading's file is left"
