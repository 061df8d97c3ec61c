"""A drop folder can hold anything: each file ends as records, in quarantine or held with a reason; the others go on."""

import gzip
import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from lakes import HEADER, Lake, line, table

from ingestion import run
from ingestion.environment import Environment, load
from ingestion.errors import StorelakeError
from ingestion.extract.files import file_extraction
from ingestion.extract.formats import csv_file
from ingestion.lake import raw
from storelake import report

GOOD = table(line(1), line(2))


def packed(name: str) -> bytes:
    """The good file in a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, GOOD)
    return target.getvalue()


PRICE = 987654.25


def workbook(*rows: list[object], price: str = "", header: str = HEADER) -> bytes:
    """The rows under a header in an XLSX; `price` is written for `PRICE` as a spreadsheet stores it."""
    book = openpyxl.Workbook()
    for row in (header.split(","), *rows):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    stored = io.BytesIO()
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            # The library that writes it would leave out the very digits that are meant.
            new.writestr(name, old.read(name).replace(f"<v>{PRICE}</v>".encode(), f"<v>{price}</v>".encode()))
    return stored.getvalue()


FILES: dict[str, tuple[bytes, str | None]] = {
    "empty.csv": (b"", "empty_file"),
    "header only.csv": (table().encode(), None),
    "semicolons.csv": (GOOD.replace(",", ";").encode(), "header"),
    "tabs.csv": (GOOD.replace(",", "\t").encode(), "header"),
    "no header.csv": ("\n".join([line(1), line(2)]).encode(), "header"),
    "header twice.csv": (
        table(line("a", at="2011-03-02 10:00:00"), HEADER, line("b", at="2011-03-02 10:00:00")).encode(),
        "repeated_header",
    ),
    "column twice.csv": (table(line(3) + ",1", header=f"{HEADER},Quantity").encode(), "header"),
    "ragged.csv": (
        table(line("c", at="2011-03-01 10:00:00"), "1,2,3", line("d", at="2011-03-01 10:00:00")).encode(),
        "field_count",
    ),
    "unclosed.csv": (
        table(
            line("e", at="2011-03-03 10:00:00", description='"an open quote'), line("f", at="2011-03-03 10:00:00")
        ).encode(),
        "unclosed_quote",
    ),
    "nul.csv": (table(line("g", at="2011-03-04 10:00:00", description="\x00")).encode(), "nul_byte"),
    "cp1252.csv": (table(line("h", at="2011-03-05 10:00:00", description="café €5")).encode("cp1252"), "encoding"),
    "utf-16.csv": (GOOD.encode("utf-16"), "encoding"),
    "bytes.csv": (random.Random(3).randbytes(5000), "encoding"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(200), "encoding"),
    "page.html": (b"<!DOCTYPE html><html><body>Not found</body></html>\n", "header"),
    "truncated.csv.gz": (gzip.compress(GOOD.encode())[:-9], "damaged_archive"),
    "one.zip": (packed("x.csv"), None),
    "bomb.csv.gz": (gzip.compress(bytes(70 << 20), 9), "unpacks_to_too_much"),
}


def test_every_bad_file_ends_in_quarantine_and_the_others_go_on(lake: Lake) -> None:
    """One folder with all of them: each names file, rule and line; what can be read of it is read; good files land."""
    lake.drop("good.csv", GOOD)
    for name, (data, _) in FILES.items():
        lake.drop(name, data)
    lake.drop("very good, with spaces and Ünïcödé 東京.csv", table(line(9, at="2011-03-06 10:00:00")))
    pulls = lake.ingest()
    rules = {name: set() for name in FILES}
    for row in lake.quarantine():
        name = row["reason"].split(", line ")[0].split(": ")[0]
        rules[name].add(row["rule"])
    assert {name: rules[name] for name in FILES} == {name: {rule} - {None} for name, (_, rule) in FILES.items()}
    assert len(lake.items()) == len(FILES) + 2
    landed = {document["InvoiceNo"] for document in lake.documents()}
    assert landed >= {"1", "2", "9", "a", "b", "c", "d", "f"}
    assert landed.isdisjoint({"e", "g", "h", "3"})
    before = len(lake.bronze())
    assert sum(pull["items_seen"] for pull in lake.ingest()) == len(FILES) + 2
    assert len(lake.bronze()) == before
    assert pulls[0]["records_quarantined"] >= 15


def test_packed_and_plain_files_are_the_same_to_bronze(lake: Lake, tmp_path: Path) -> None:
    """CSV, gzip, zip and XLSX of the same lines, in UCI's shape: one version of each record."""
    at = _at("2010-12-01T08:26")
    book = workbook(
        *(
            [number, "85123A", "WHITE  HANGER", text, at, 2.55, 17850, "United Kingdom"]
            for number, text in ((536365, 6), (536366, -2))
        )
    )
    rows = [
        line(n, "85123A", "WHITE  HANGER", q, "2010-12-01 08:26:00", "2.55", "17850")
        for n, q in ((536365, 6), (536366, -2))
    ]
    lake.drop("a.csv", table(*rows))
    lake.drop("b.xlsx", book)
    lake.drop("c.csv.gz", gzip.compress(table(*rows).encode()))
    lake.drop("d.csv", table(*rows).replace("\n", "\r\n").encode("utf-8-sig"))
    lake.drop("e.csv", table(*rows)[:-1])
    pulls = lake.ingest()
    assert [(pull["records_landed"], pull["records_known"]) for pull in pulls] == [(2, 0)] + [(0, 2)] * 4
    assert lake.documents()[0]["Quantity"] in ("6", "-2")


SECOND = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"


@pytest.mark.parametrize("packed", [False, True])
def test_both_editions_of_uci_are_one_to_bronze(lake: Lake, packed: bool) -> None:
    """Columns that the second edition names differently are the same columns: its files restate without a change."""
    lake.drop("first.csv", GOOD)
    lake.ingest()
    at = _at("2011-01-04T10:00")
    rows = [[number, "A", "a mug", 1, at, 2.5, "17850.0", "United Kingdom"] for number in (1, 2)]
    second = workbook(*rows, header=SECOND) if packed else GOOD.replace(HEADER, SECOND)
    lake.drop("second", second)
    (pull,) = lake.ingest()
    assert (pull["records_known"], pull["records_landed"], pull["records_deleted"]) == (2, 0, 0)
    assert lake.items()["second"]["drift"] is None


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (HEADER.replace("CustomerID", "customerid"), "has 'customerid', which differs from 'CustomerID' only by case"),
        (HEADER.replace("Country", "COUNTRY"), "has 'COUNTRY', which differs from 'Country' only by case or blanks"),
        (SECOND.replace("Customer ID", "Customer  Id"), "has 'Customer  Id', which differs from 'CustomerID'"),
        (HEADER.replace("Description", "Descrip tion"), "which differs from 'Description' only by case or blanks"),
        (HEADER.replace("InvoiceNo", "invoice no"), "; 'invoice no' differs from 'InvoiceNo' only by case or blanks"),
        (SECOND.replace("Price", "price"), "; 'price' differs from 'Price' only by case or blanks"),
    ],
)
def test_a_column_that_is_misspelt_is_refused_in_words(lake: Lake, header: str, says: str) -> None:
    """A known column under nearly its name would be lost as if nobody had sent it: the file is refused."""
    lake.drop("a.csv", GOOD.replace(HEADER, header))
    lake.ingest()
    (refused,) = lake.quarantine()
    assert says in refused["reason"]
    assert (lake.items()["a.csv"]["status"], lake.documents()) == ("refused", [])


def test_columns_that_are_absent_or_new_are_welcome(lake: Lake) -> None:
    """What is optional may be missing, and a new column may look like one that is there, or like nothing."""
    lake.drop("a.csv", "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country,country,Till\n"
              "1,A,1,2011-01-04 10:00:00,2.5,UK,uk,7\n")  # fmt: skip
    lake.ingest()
    assert (lake.items()["a.csv"]["drift"], len(lake.documents())) == ("Till, country", 1)


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("57.699999999999996", "57.7"),
        ("0.30000000000000004", "0.3"),
        ("3.3000000000000003", "3.3"),
        ("-19.990000000000002", "-19.99"),
        ("5.7699999999999996E1", "57.7"),
        ("1E-4", "0.0001"),
        ("2.5", "2.5"),
        ("3.0000000000000004", "3"),
        ("0", "0"),
        ("-0", "0"),
        ("12345678901.1234", "12345678901.1234"),
        ("9999999999999", "9999999999999"),
    ],
)
def test_numbers_of_a_workbook_are_what_the_sheet_shows(lake: Lake, price: str, text: str) -> None:
    """Computed cells hold the noise of binary fractions behind the 15 digits that a spreadsheet keeps."""
    lake.drop("a.xlsx", workbook([1, "A", "x", 1, _at("2011-01-04T10:00"), PRICE, 5, "UK"], price=price))
    lake.ingest()
    assert ([document["UnitPrice"] for document in lake.documents()], lake.quarantine()) == ([text], [])


@pytest.mark.parametrize(
    ("price", "text"), [("0.12345", "0.12345"), ("1E+14", "100000000000000"), ("1E-7", "0.0000001")]
)
def test_numbers_that_no_price_can_be_are_refused_all_the_same(lake: Lake, price: str, text: str) -> None:
    """Fifteen digits are no excuse: what has five decimals, or fourteen digits, breaks the contract as in CSV."""
    lake.drop("a.xlsx", workbook([1, "A", "x", 1, _at("2011-01-04T10:00"), PRICE, 5, "UK"], price=price))
    lake.ingest()
    (refused,) = lake.quarantine()
    assert (refused["rule"], json.loads(refused["document"])["UnitPrice"]) == ("decimal", text)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2011-01-04T09:59:59.999", "2011-01-04 10:00:00"),
        ("2011-01-04T09:59:59.400", "2011-01-04 09:59:59"),
        ("2011-01-04T09:59:59.500", "2011-01-04 10:00:00"),
        ("2011-12-31T23:59:59.900", "2012-01-01 00:00:00"),
        ("2011-01-04T00:00", "2011-01-04 00:00:00"),
    ],
)
def test_times_of_a_workbook_are_rounded_to_the_second(lake: Lake, moment: str, text: str) -> None:
    """A time is a fraction of a day there, which may lie a hair before the second that the sheet shows; the day that a
    file states follows."""
    lake.drop("a.xlsx", workbook([1, "A", "x", 1, _at(moment), 2.5, 5, "UK"]))
    (pull,) = lake.ingest()
    assert [document["InvoiceDate"] for document in lake.documents()] == [text]
    assert pull["window_start"].date().isoformat() == text[:10]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_what_is_no_file_is_never_opened(lake: Lake, tmp_path: Path) -> None:
    """Pipes hang whoever opens them, links lead out of the folder: both are held by name, folders and hidden files are not looked at."""
    secret = tmp_path / "secret.csv"
    secret.write_text(table(line("secret")))
    (lake.folder / "link.csv").symlink_to(secret)
    (lake.folder / "dangling.csv").symlink_to(tmp_path / "nothing")
    (lake.folder / "to a folder").symlink_to(tmp_path)
    os.mkfifo(lake.folder / "pipe.csv")
    (lake.folder / "folder.csv").mkdir()
    (lake.folder / "folder.csv" / "inside.csv").write_text(table(line("inside")))
    lake.drop(".hidden.csv", table(line("hidden")))
    lake.drop("~$open.xlsx", "lock file of a spreadsheet")
    lake.drop("good.csv", GOOD)
    lake.ingest()
    assert {document["InvoiceNo"] for document in lake.documents()} == {"1", "2"}
    assert {name: item["status"] for name, item in lake.items().items()} == {
        "good.csv": "read", "link.csv": "held", "dangling.csv": "held", "to a folder": "held", "pipe.csv": "held"
    }  # fmt: skip
    assert lake.items()["pipe.csv"]["reason"] == "it is no regular file (a link, a pipe or a device)"


def test_names_that_are_no_utf_8_are_names_too(lake: Lake) -> None:
    """A name in Latin-1, as old zips leave them, costs no run."""
    path = lake.drop("x.csv", GOOD)
    os.rename(path, os.path.join(os.fsencode(lake.folder), b"caf\xe9.csv"))
    lake.ingest()
    assert list(lake.items()) == ["caf\\xe9.csv"]
    assert len(lake.documents()) == 2


def test_a_file_without_permission_is_held(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and the others go on."""
    closed = lake.drop("closed.csv", GOOD)
    lake.drop("good.csv", GOOD)
    whole = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        # Permissions do not stop root, which may run this.
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    lake.ingest()
    assert lake.items()["closed.csv"]["reason"] == "it may not be read (no permission)"
    assert len(lake.documents()) == 2


def test_a_file_that_is_still_growing_is_held(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes while it is looked at, or between being listed and read, waits for the next run."""
    monkeypatch.setattr(file_extraction, "SETTLE_SECONDS", 0.2)
    path = lake.drop("growing.csv", GOOD)
    os.utime(path)
    slept = time.sleep

    def grow(seconds: float) -> None:
        with path.open("a") as file:
            file.write(line(3) + "\n")
        slept(seconds)

    with monkeypatch.context() as patch:
        patch.setattr("ingestion.extract.files.file_extraction.time.sleep", grow)
        (pull,) = lake.ingest()
    assert (pull["records_read"], lake.items()["growing.csv"]["reason"]) == (0, "the file is still growing")
    with monkeypatch.context() as patch:
        patch.setattr(file_extraction, "SETTLE_SECONDS", 0.0)
        whole = raw.archive
        patch.setattr(raw, "archive", lambda *args: (path.open("a").write(line(4) + "\n"), whole(*args))[1])
        (pull,) = lake.ingest()
    assert (pull["records_read"], lake.items()["growing.csv"]["status"]) == (0, "held")
    lake.ingest()
    assert len(lake.documents()) == 4


def test_large_files_take_the_way_through_files_and_give_the_same_bronze(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound of memory a file is archived, unpacked and parsed through the disk: the same rows, nothing left behind."""
    text = table(
        *(line(n % 700, "AB"[n % 2], f'"row ""{n}"""', n % 50, customer=n % 40) for n in range(3000)),
        "bad",
        line("x", quantity="y"),
    )
    lake.drop("a.csv", text)
    lake.drop("b.csv.gz", gzip.compress(text.replace("row", "line").encode()))
    small = Lake(load({"STORELAKE_LAKE": str(tmp_path / "small"), "STORELAKE_SUBJECT_KEY": "k" * 40}), lake.folder)
    lake.ingest()
    for module in ("lake.raw", "records.text_rows", "extract.formats.unpack"):
        monkeypatch.setattr(f"ingestion.{module}.IN_MEMORY", 2000)
    monkeypatch.setattr(csv_file, "CHUNK", 5000)
    small.ingest()

    def seen(one: Lake) -> list[tuple]:
        return [
            (row["_record_key"], row["_document_hash"], row["_operation"], row["_position"], row["_source_uri"])
            for row in one.bronze()
        ]

    assert sorted(seen(small)) == sorted(seen(lake))
    assert len(seen(lake)) == 6002 - 2
    assert [row["reason"] for row in small.quarantine()] == [row["reason"] for row in lake.quarantine()]


def test_naughty_strings_survive_byte_for_byte(lake: Lake, shared: Callable[..., Path]) -> None:
    """Whatever people type into a description comes out of `_document` as it went in, and into the right record."""
    texts = json.loads(shared("data", "bad_inputs", "naughty_strings", "blns.json").read_text())
    texts += [
        "\x01\x1f\x7f",
        "\u2028\u2029",
        "\ud7ff\ue000",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "line\nbreak",
        'tab\tquote"comma,back\\slash/',
        "a" * 100_000,
    ]
    texts = [text for text in texts if "\r" not in text and "\x00" not in text]

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lake.drop("a.csv", table(*(line(n, description=quoted(text)) for n, text in enumerate(texts))))
    (pull,) = lake.ingest()
    assert pull["records_landed"] == len(texts) > 500
    found = {int(document["InvoiceNo"]): document["Description"] for document in lake.documents()}
    assert [found[n].encode() for n in range(len(texts))] == [text.encode() for text in texts]


def test_a_lake_may_lie_in_a_folder_with_spaces_and_umlauts(tmp_path: Path) -> None:
    """People keep things in such folders; Delta writes their names in another way than the disk does."""
    place = tmp_path / "Büro & mehr 1, 100 °"
    place.mkdir()
    lake = Lake(load({"STORELAKE_LAKE": str(place / "my lake"), "STORELAKE_SUBJECT_KEY": "k" * 40}), place / "files")
    lake.drop("a.csv", GOOD)
    lake.ingest()
    lake.drop("b.csv", table(line(1, quantity=2)))
    (pull,) = lake.ingest()
    assert (pull["records_landed"], pull["records_deleted"]) == (1, 1)
    assert [path.name for path in place.iterdir() if path.name != "files"] == ["my lake"]


@pytest.mark.parametrize("place", ["100%", "a[b]", "a*", "a?", "a\\b"])
def test_a_folder_that_no_lake_can_lie_in_is_named(place: str, tmp_path: Path) -> None:
    """Delta or DuckDB would read such a name as something else: a clear error instead of a lake in two places."""
    with pytest.raises(StorelakeError, match="STORELAKE_LAKE is"):
        load({"STORELAKE_LAKE": str(tmp_path / place), "STORELAKE_SUBJECT_KEY": "k" * 40})


@pytest.mark.parametrize("system", ["online_retail", "ecb_fx"])
def test_an_empty_folder_is_not_one_in_which_all_is_known(
    lake: Lake, system: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that holds no file is said to hold none, once, also where it holds folders and hidden files."""
    (lake.folder / "inside").mkdir()
    (lake.folder / "inside" / "a.csv").write_text(GOOD)
    lake.drop(".hidden.csv", GOOD)
    outcomes = lake.outcomes(system)
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    report.outcomes(outcomes)
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("there is no file in") == 1
    assert "Nothing new" not in said
    if system == "online_retail":
        lake.drop("good.csv", GOOD)
        lake.ingest()
        report.outcomes(lake.outcomes())
        assert "Nothing new: all of it was there before." in capsys.readouterr().out


def test_mistakes_are_errors_that_say_what_to_do(lake: Lake, tmp_path: Path) -> None:
    """A system, source or folder that is not there is named, and nothing is made of it."""
    for arguments, text in [
        ({"system_names": ["shopify"]}, "There is no system 'shopify'"),
        ({"folder": tmp_path / "nowhere", "source": "x"}, "is no folder"),
        ({"folder": lake.folder}, "needs a --source of its own"),
        ({"folder": lake.folder, "source": "uk", "system_names": ["online_retail"]}, "needs a --source of its own"),
        ({"folder": lake.folder, "source": "../x", "system_names": ["online_retail"]}, "lower case letters"),
        ({"source": "nobody", "system_names": ["online_retail"]}, "No source 'nobody' is known"),
    ]:
        with pytest.raises(StorelakeError, match=text):
            run.ingest(lake.environment, **arguments)
    assert lake.rows("ledger/pulls") == []


@pytest.mark.large
def test_the_shipped_sample_lands_whole(environment: Environment) -> None:
    """All 305 days of UCI: 541,909 lines read, every one landed, none known or refused; a second run reads nothing."""
    lake = Lake(environment, environment.lake.parent / "files")
    outcomes = run.ingest(environment, ["online_retail"])
    assert [outcome.error for outcome in outcomes] == [None]
    (pull,) = lake.completed()
    assert (pull["records_read"], pull["records_landed"], pull["records_quarantined"], pull["items_read"]) == (
        541_909,
        541_909,
        0,
        305,
    )
    run.ingest(environment, ["online_retail"])
    again = lake.completed()[1]
    assert (again["records_read"], again["items_seen"]) == (0, 305)
