"""Compressed files and workbooks: unpacked within bounds, damaged ones refused, whatever bytes they hold."""

import bz2
import datetime as dt
import gzip
import io
import random
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from ingestion.errors import Refused
from ingestion.extract.formats import csv_or_xlsx, unpack, workbook
from ingestion.lake.raw import Content

PLAIN = b"a,b\n" + b"".join(b"%d,some text\n" % n for n in range(200))


def content(data: bytes) -> Content:
    """Bytes as they come out of the archive of files."""
    return Content("0" * 64, len(data), data, None)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def encrypted(data: bytes) -> bytes:
    """The same zip with the flag of encryption set on its member."""
    changed = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.index(signature) + offset
        changed[at] |= 1
    return bytes(changed)


def sheet(*rows: tuple[Any, ...], extra: dict[str, list[tuple[Any, ...]]] | None = None) -> bytes:
    """An XLSX workbook whose first sheet has these rows."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, more in (extra or {}).items():
        other = book.create_sheet(name)
        for row in more:
            other.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def read_sheet(
    data: bytes, scratch: Path, required: list[str] | None = None
) -> tuple[list[str], list[list[Any]], list[Any]]:
    """Columns, rows with their line at the end, and what could not be read."""
    lines = csv_or_xlsx.read(content(data), required or [], scratch)
    found = pa.Table.from_batches(lines.batches(), lines.schema)
    return lines.columns, [list(row.values()) for row in found.to_pylist()], lines.bad


# Cells of a workbook have no zone.
EARLY = dt.datetime.fromisoformat("2010-12-01T08:26")
MIDNIGHT = dt.datetime.fromisoformat("2011-03-05")
PACKED = {
    "plain": PLAIN,
    "gzip": gzip.compress(PLAIN),
    "two gzips in a row": gzip.compress(PLAIN[:100]) + gzip.compress(PLAIN[100:]),
    "zip": zipped({"x.csv": PLAIN}),
    "zip, stored": zipped({"x.csv": PLAIN}, zipfile.ZIP_STORED),
    "zip, bzip2": zipped({"x.csv": PLAIN}, zipfile.ZIP_BZIP2),
    "zip, lzma": zipped({"x.csv": PLAIN}, zipfile.ZIP_LZMA),
    "zip in a folder": zipped({"folder/": b"", "folder/x.csv": PLAIN}),
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("in_memory", [16 << 20, 1000])
def test_packed_files_unpack_to_what_was_packed(
    name: str, in_memory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost on the way, in memory or through a file."""
    monkeypatch.setattr(unpack, "IN_MEMORY", in_memory)
    found = unpack.unpack(content(PACKED[name]), tmp_path)
    with found.open() as stream:
        assert stream.read() == PLAIN
    assert found.size_bytes == len(PLAIN)


DAMAGED = {
    "a truncated gzip": (PACKED["gzip"][:-20], "damaged_archive"),
    "only a gzip's magic": (b"\x1f\x8b", "damaged_archive"),
    "garbage behind a gzip": (PACKED["gzip"] + b"garbage", "damaged_archive"),
    "a wrong checksum": (PACKED["gzip"][:-8] + b"\0\0\0\0" + PACKED["gzip"][-4:], "damaged_archive"),
    "a truncated zip": (PACKED["zip"][:-30], "damaged_archive"),
    "only a zip's magic": (b"PK\x03\x04", "damaged_archive"),
    "an empty folder": (zipped({"folder/": b""}), "zip_members"),
    "two files": (zipped({"a.csv": PLAIN, "b.csv": PLAIN}), "zip_members"),
    "an encrypted zip": (encrypted(PACKED["zip"]), "zip_method"),
    "broken bzip2": (
        PACKED["zip, bzip2"].replace(bz2.compress(PLAIN)[10:30], b"\0" * 20),
        "damaged_archive",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_archives_are_refused(name: str, tmp_path: Path) -> None:
    """One damaged file is one refusal with its rule, never a failure of the run."""
    data, rule = DAMAGED[name]
    with pytest.raises(Refused) as refused:
        unpack.unpack(content(data), tmp_path)
    assert refused.value.rule == rule


def bomb(kind: str, size: int) -> bytes:
    """Zeros without end, in very few bytes."""
    if kind == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        block = bytes(1 << 20)
        return b"".join([packer.compress(block) for _ in range(size >> 20)]) + packer.flush()
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.csv", "w", force_zip64=True) as member,
    ):
        for _ in range(size >> 20):
            member.write(bytes(1 << 20))
    return target.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_real_bomb_costs_nothing(kind: str, tmp_path: Path) -> None:
    """A file of 200 KB that unpacks to 192 MB is given up at the bound, and leaves nothing behind it."""
    with pytest.raises(Refused) as refused:
        unpack.unpack(content(bomb(kind, 192 << 20)), tmp_path)
    assert refused.value.rule == "unpacks_to_too_much"
    left = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert left == 0


def test_the_bounds_are_on_size_and_on_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file unpacks to more than the absolute bound; below it only a bomb's ratio is refused."""
    monkeypatch.setattr(unpack, "_FREE", 1000)
    monkeypatch.setattr(unpack, "MAX_RATIO", 3)
    noise = random.Random(1).randbytes(5000)
    assert unpack.unpack(content(gzip.compress(noise)), tmp_path).size_bytes == 5000
    with pytest.raises(Refused):
        unpack.unpack(content(gzip.compress(bytes(5000))), tmp_path)
    monkeypatch.setattr(unpack, "MAX_UNPACKED", 4000)
    with pytest.raises(Refused):
        unpack.unpack(content(gzip.compress(noise)), tmp_path)


def test_a_zip_that_lies_about_its_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an archive says of its size is not believed."""
    monkeypatch.setattr(unpack, "_FREE", 1000)
    monkeypatch.setattr(unpack, "MAX_RATIO", 1)
    data = bytearray(zipped({"x.csv": bytes(1 << 20)}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 10)
    with pytest.raises(Refused):
        unpack.unpack(content(bytes(data)), tmp_path)


def test_spoilt_bytes_never_break_a_run(tmp_path: Path) -> None:
    """Whatever bytes an archive or a workbook holds, it is read or refused."""
    chance = random.Random(20111209)
    whole = {**PACKED, "workbook": sheet(("a", "b"), *((n, "text") for n in range(50)))}
    outcomes = {"read": 0, "refused": 0}
    for name, data in whole.items():
        for _ in range(60):
            spoilt = bytearray(data)
            for _ in range(chance.choice([1, 1, 2, 8])):
                spoilt[chance.randrange(4, len(spoilt))] = chance.randrange(256)
            if chance.random() < 0.2:
                del spoilt[chance.randrange(4, len(spoilt)) :]
            try:
                csv_or_xlsx.read(unpack.unpack(content(bytes(spoilt)), tmp_path), [], tmp_path)
                outcomes["read"] += 1
            except Refused:
                outcomes["refused"] += 1
            except BaseException as error:
                raise AssertionError(f"{name}: {error!r}") from error
    assert min(outcomes.values()) > 50


# ---------- workbooks ----------


def test_cells_become_the_texts_that_a_csv_would_hold(tmp_path: Path) -> None:
    """Numbers, times, days and truth keep their meaning, and no number gets digits that nobody typed."""
    columns, rows, bad = read_sheet(
        sheet(
            ("a", "b", "c", "d"),
            (536365, 2.55, EARLY, "WHITE  HANGER"),
            (17850.0, 0.1, dt.date(2010, 12, 1), "'=1+1"),
            (-6, 123456789.1234, EARLY.replace(second=59), True),
            (None, 0, None, "é\n€"),
        ),
        tmp_path,
    )
    assert (columns, bad) == (["a", "b", "c", "d"], [])
    assert rows == [
        ["536365", "2.55", "2010-12-01 08:26:00", "WHITE  HANGER", 2],
        ["17850", "0.1", "2010-12-01 00:00:00", "'=1+1", 3],
        ["-6", "123456789.1234", "2010-12-01 08:26:59", "true", 4],
        ["", "0", "", "é\n€", 5],
    ]


def test_every_second_of_a_day_survives_excels_fractions(tmp_path: Path) -> None:
    """Excel keeps times as fractions of a day; none of them may end a second early."""
    moments = [MIDNIGHT + dt.timedelta(seconds=n * 7) for n in range(86_400 // 7)]
    _, rows, _ = read_sheet(sheet(("a",), *((moment,) for moment in moments)), tmp_path)
    assert [row[0] for row in rows] == [str(moment) for moment in moments]


WORKBOOKS = {
    "no rows at all": ([], "header"),
    "a column missing": ([("b", "c"), (1, 2)], "header"),
    "a column twice": ([("a", "b", "b"), (1, 2, 3)], "header"),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_workbooks_without_a_usable_header_are_refused(name: str, tmp_path: Path) -> None:
    """As in CSV: a header that misses a column, or names one twice, refuses the file."""
    rows, rule = WORKBOOKS[name]
    with pytest.raises(Refused) as refused:
        read_sheet(sheet(*rows), tmp_path, ["a"])
    assert refused.value.rule == rule


def test_lines_of_a_workbook_are_its_rows(tmp_path: Path) -> None:
    """Empty rows are skipped and still counted, so that a line number leads to the row; cells too far right are refused."""
    _, rows, bad = read_sheet(sheet(("a", "b"), (1, 2), (), (3, 4), (5, 6, 7), (8,)), tmp_path)
    assert rows == [["1", "2", 2], ["3", "4", 4], ["8", "", 6]]
    assert [(one.line, one.rule) for one in bad] == [(5, "field_count")]


def test_rows_above_the_header_do_not_shift_lines(tmp_path: Path) -> None:
    """A sheet that begins with an empty row still has the line numbers that Excel shows."""
    columns, rows, _ = read_sheet(sheet((), ("a", "b"), (1, 2)), tmp_path)
    assert (columns, rows) == (["a", "b"], [["1", "2", 3]])


def test_only_the_first_sheet_counts(tmp_path: Path) -> None:
    """Notes on other sheets are no records."""
    _, rows, _ = read_sheet(sheet(("a",), (1,), extra={"notes": [("x", "y"), (1, 2)]}), tmp_path)
    assert rows == [["1", 2]]


def test_a_workbook_too_large_for_memory_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large workbook comes out of the archive as a stream that cannot be wound back; the original UCI file is one."""
    data = sheet(("a", "b"), *((n, "text") for n in range(50)))
    packed = tmp_path / "x.zst"
    with pa.CompressedOutputStream(str(packed), "zstd") as sink:
        sink.write(data)
    archived = Content("0" * 64, len(data), None, packed)
    whole = csv_or_xlsx.read(content(data), ["a"], tmp_path)
    found = csv_or_xlsx.read(unpack.unpack(archived, tmp_path), ["a"], tmp_path)
    assert list(found.batches()) == list(whole.batches())


def test_a_workbook_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook is a zip: its bound is the sum of what it holds."""
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1000)
    with pytest.raises(Refused) as refused:
        read_sheet(sheet(("a",), *((n,) for n in range(50))), tmp_path)
    assert refused.value.rule == "unpacks_to_too_much"
