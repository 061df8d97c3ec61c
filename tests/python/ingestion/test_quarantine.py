"""Quarantine, replay, and what must never stand in ledger or log."""

import hashlib
import json
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from lakes import HEADER, Lake, line, table
from pydantic import Field

from ingestion import run
from ingestion.environment import load
from ingestion.pulls import Feed, Pull, Reject
from ingestion.records.contracts import Contract, Key, Money, Time
from ingestion.records.subjects import subject_keys
from ingestion.systems.online_retail import INVOICE_LINES
from storelake.status import status


class Loose(Contract):
    """The contract of invoice lines with any text as a quantity."""

    invoice_number: Key = Field(alias="InvoiceNo")
    stock_code: Key = Field(alias="StockCode")
    quantity: str = Field(alias="Quantity")
    invoiced_at: Time = Field(alias="InvoiceDate")
    unit_price: Money = Field(alias="UnitPrice")


def replay(lake: Lake) -> list[dict[str, Any]]:
    """Read again what is in quarantine; the completed pulls of it."""
    outcomes = run.replay(lake.environment, ["online_retail"], source="shop")
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    ids = {pull.pull_id for outcome in outcomes for pull in outcome.pulls}
    return [pull for pull in lake.completed() if pull["pull_id"] in ids]


def waiting(lake: Lake) -> list[str]:
    """The reasons of what is in quarantine and was not read again, replaced or closed."""
    closed = lake.replayed()
    return [row["reason"] for row in lake.quarantine() if (row["pull_id"], row["content_hash"]) not in closed]


def loosen(contract: type[Contract] = Loose) -> None:
    """From now on every quantity will do, or whatever the contract says."""
    object.__setattr__(INVOICE_LINES.shape, "contract", contract)


@pytest.fixture(autouse=True)
def _contract() -> Any:
    kept = INVOICE_LINES.shape.contract
    yield
    object.__setattr__(INVOICE_LINES.shape, "contract", kept)


def test_a_refused_record_is_kept_as_it_came_with_its_reason(lake: Lake) -> None:
    """Rule, field, reason, place and the record itself: enough to mend it without asking anybody."""
    lake.drop("a b.csv", table(line(1), line(2, quantity="two"), "3,A", line("", "B")))
    (pull,) = lake.ingest()
    assert (pull["records_read"], pull["records_landed"], pull["records_quarantined"]) == (4, 1, 3)
    by_line = {int(row["source_uri"].split("=")[1]): row for row in lake.quarantine()}
    assert {n: (row["rule"], row["field"]) for n, row in by_line.items()} == {
        3: ("whole_number", "Quantity"),
        4: ("field_count", None),
        5: ("missing", "InvoiceNo"),
    }
    assert by_line[3]["reason"] == "a b.csv, line 3: Quantity is not a whole number of at most 15 digits"
    assert json.loads(by_line[3]["document"])["Quantity"] == "two"
    assert json.loads(by_line[4]["document"]) == {"line": 4, "text": "3,A"}
    for n, row in by_line.items():
        with pa.CompressedInputStream(
            pa.OSFile(str(lake.environment.lake / row["source_uri"].split("#")[0]), "rb"), "zstd"
        ) as raw:
            assert raw.read().decode().splitlines()[n - 1]


def test_replay_lands_what_a_looser_contract_accepts(lake: Lake) -> None:
    """The lines land, the old rows are marked, and with the file whole again its deletes come."""
    lake.drop("a.csv", table(line(1), line(2), line(3)))
    lake.ingest()
    lake.drop("b.csv", table(line(1), line(2, quantity="two")))
    lake.ingest()
    (old,) = lake.quarantine()
    assert len(lake.documents()) == 3
    loosen()
    (pull,) = replay(lake)
    assert (pull["records_read"], pull["records_landed"], pull["records_known"], pull["records_deleted"]) == (
        2,
        1,
        1,
        1,
    )
    assert lake.replayed() == {(old["pull_id"], old["content_hash"])}
    assert sorted((d["InvoiceNo"], d["Quantity"]) for d in lake.documents()) == [("1", "1"), ("2", "two")]
    assert replay(lake) == [], "there is nothing left to read again"


def test_replay_under_the_same_contract_changes_nothing(lake: Lake) -> None:
    """What is still unusable is in quarantine once, under the pull that read it last."""
    lake.drop("a.csv", table(line(1), line(2, quantity="two")))
    lake.ingest()
    (pull,) = replay(lake)
    assert (pull["records_landed"], pull["records_known"], pull["records_quarantined"]) == (0, 1, 1)
    waiting = [row for row in lake.quarantine() if (row["pull_id"], row["content_hash"]) not in lake.replayed()]
    assert [row["pull_id"] for row in waiting] == [pull["pull_id"]]


def test_a_file_that_was_restated_is_not_replayed(lake: Lake) -> None:
    """What an old file said of a day is no longer so, once a newer one has spoken."""
    lake.drop("a.csv", table(line(1, quantity=1), line(2, quantity="two")))
    lake.ingest()
    lake.drop("b.csv", table(line(1, quantity=9), line(2, quantity=9)))
    lake.ingest()
    loosen()
    assert replay(lake) == []
    assert [document["Quantity"] for document in lake.documents()] == ["9", "9"]


def test_a_file_that_was_refused_whole_and_restated_is_not_replayed(lake: Lake) -> None:
    """Nobody knew which days a refused file was about; when it can be read at last, newer statements still win."""
    text = table(line(1, quantity=1), line(2, quantity=1), header=HEADER.replace("UnitPrice", "Cost"))
    lake.drop("a.csv", text)
    lake.ingest()
    assert [row["rule"] for row in lake.quarantine()] == ["header"]
    lake.drop("b.csv", table(line(1, quantity=9)))
    lake.ingest()

    class Looser(Loose):
        unit_price: str = Field("", alias="UnitPrice")

    loosen(Looser)
    (pull,) = replay(lake)
    assert (pull["records_read"], pull["items_held"]) == (0, 1)
    assert [document["Quantity"] for document in lake.documents()] == ["9"]
    assert waiting(lake) == [], "all of what it states was stated anew"
    assert replay(lake) == []


def test_a_file_that_was_refused_whole_is_read_when_it_can_be(lake: Lake) -> None:
    """A refused file is one record in quarantine; replayed, it is its lines."""
    lake.drop("a.csv", table("1,A,1,2011-01-04 10:00:00", header="InvoiceNo,StockCode,Quantity,InvoiceDate"))
    lake.ingest()

    class Looser(Loose):
        unit_price: str = Field("", alias="UnitPrice")

    loosen(Looser)
    (pull,) = replay(lake)
    assert (pull["records_read"], pull["records_landed"]) == (1, 1)
    assert len(lake.replayed()) == 1


class Priceless(Loose):
    """The contract of invoice lines without a price."""

    unit_price: str = Field("", alias="UnitPrice")


UNPRICED = HEADER.replace("UnitPrice", "Cost")


def test_refused_files_are_read_again_in_one_pull(lake: Lake) -> None:
    """Files of any number cost one pull; of two that state the same day the newer one counts."""
    for day in range(1, 10):
        lake.drop(f"{day}.csv", table(line(day, at=f"2011-01-0{day} 10:00:00"), header=UNPRICED))
    lake.drop("9 again.csv", table(line(9, at="2011-01-09 10:00:00", quantity=2), header=UNPRICED))
    lake.ingest()
    (still,) = replay(lake)
    assert (still["items_refused"], still["records_quarantined"]) == (10, 10)
    loosen(Priceless)
    (pull,) = replay(lake)
    assert (pull["items_read"], pull["items_held"], pull["records_landed"]) == (9, 1, 9)
    found = {document["InvoiceNo"]: document["Quantity"] for document in lake.documents()}
    assert found == {**{str(day): "1" for day in range(1, 9)}, "9": "2"}
    assert waiting(lake) == []
    lake.check()


def test_files_that_add_up_are_read_again_in_their_order(tmp_path: Path, lake: Lake) -> None:
    """Of a record that two of them have, the later version counts."""
    declared = tmp_path / "sources.toml"
    declared.write_text("[online_retail.shop]\nfiles_add_up = true\n")
    lake = Lake(replace(lake.environment, sources=declared), lake.folder)
    for number, quantity in (("1", 1), ("2", 2)):
        lake.drop(f"{number}.csv", table(line(1, quantity=quantity), line(number, "B"), header=UNPRICED))
    lake.ingest()
    loosen(Priceless)
    (pull,) = replay(lake)
    assert pull["items_read"] == 2
    found = [(d["InvoiceNo"], d["StockCode"], d["Quantity"]) for d in lake.documents()]
    assert sorted(found) == [("1", "A", "2"), ("1", "B", "1"), ("2", "B", "1")]
    assert waiting(lake) == []


def test_a_mended_file_leaves_quarantine(lake: Lake) -> None:
    """A file that was refused whole is replaced by one of its name, bad lines by a file that states their days."""
    lake.drop("a.csv", table(line(1), header=UNPRICED))
    lake.drop("b.csv", table(line(2, at="2011-01-05 10:00:00"), header=UNPRICED))
    lake.drop("c.csv", table(line(3, at="2011-01-06 10:00:00"), line(4, at="2011-01-06 10:00:00", quantity="two")))
    lake.ingest()
    assert len(waiting(lake)) == 3
    lake.drop("a.csv", table(line(1)))
    lake.ingest()
    assert sorted(reason[:5] for reason in waiting(lake)) == ["b.csv", "c.csv"]
    lake.drop("c mended.csv", table(line(3, at="2011-01-06 10:00:00"), line(4, at="2011-01-06 10:00:00")))
    lake.ingest()
    assert [reason[:5] for reason in waiting(lake)] == ["b.csv"]
    marks = lake.rows("ledger/quarantine_replays")
    lake.ingest()
    assert lake.rows("ledger/quarantine_replays") == marks, "what is closed is not closed again"
    lake.check()


def test_what_will_not_be_mended_can_be_closed(lake: Lake) -> None:
    """A person closes what one file brought, or all of a feed; the records stay, and nothing else changes."""
    lake.drop("a.csv", table(line(1), header=UNPRICED))
    lake.drop("b.csv", table(line(2), line(3, quantity="two"), line(4, quantity="six")))
    lake.ingest()
    feed = Feed("online_retail", "shop", "invoice_lines")
    assert run.close(lake.environment, name="no such.csv") == {}
    assert run.close(lake.environment, ["online_retail"], name="b.csv") == {feed: 2}
    assert [reason[:5] for reason in waiting(lake)] == ["a.csv"]
    assert run.close(lake.environment, source="shop") == {feed: 1}
    assert waiting(lake) == []
    assert run.close(lake.environment) == {}
    assert len(lake.quarantine()) == 3
    assert [document["InvoiceNo"] for document in lake.documents()] == ["2"]
    assert replay(lake) == []
    lake.check()


def test_a_feed_of_which_all_was_refused_is_not_fresh(lake: Lake) -> None:
    """It is fresh again with a file that is read, or once a person has closed what was refused."""

    def is_fresh() -> bool:
        (feed,) = status(lake.environment)
        return feed.is_fresh

    lake.drop("a.csv", table(line(1), header=UNPRICED))
    lake.ingest()
    assert not is_fresh()
    lake.ingest()
    assert not is_fresh(), "to see a refused file again is no news"
    run.close(lake.environment, source="shop")
    assert is_fresh()
    lake.drop("b.csv", table(line(2), header=UNPRICED))
    lake.ingest()
    assert is_fresh(), "what was there before is of today"
    lake.drop("c.csv", table(line(3)))
    lake.ingest()
    assert is_fresh()


def test_many_refused_records_are_not_held_in_memory(tmp_path: Path) -> None:
    """The memory of a pull does not follow what it refuses, which comes back in its order and as it came."""
    pull = Pull(Feed("online_retail", "shop", "invoice_lines"), "statement", 0)
    pull.rejects.folder = tmp_path
    tracemalloc.start()
    try:
        for number in range(20_000):
            pull.refuse(Reject("rule", None, f"line {number}", f"{number} \udcff\n" + "é" * 2_000, "uri", None))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000, "all of them take 50 MB"
    for _ in range(2):
        assert [(reject.reason, reject.document[:12].split("é")[0]) for reject in pull.rejects] == [
            (f"line {number}", f"{number} \udcff\n") for number in range(20_000)
        ]


def test_refused_records_beyond_memory_reach_quarantine(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those in the file and those in memory are written, each once."""
    monkeypatch.setattr("ingestion.pulls.REJECTS_IN_MEMORY", 10)
    monkeypatch.setattr("ingestion.load.quarantine._AT_ONCE", 7)
    lake.drop("a.csv", table(*(line(number, description="é", quantity=f"n{number}") for number in range(25)), line(99)))
    (pull,) = lake.ingest()
    assert (pull["records_landed"], pull["records_quarantined"]) == (1, 25)
    found = lake.quarantine()
    assert [row["position"] for row in found] == list(range(1, 26))
    assert {json.loads(row["document"])["Quantity"] for row in found} == {f"n{number}" for number in range(25)}


# ---------- what stands where ----------

PERSON = "777123"
MARK = "MARKEDTEXT"


def test_nothing_personal_in_ledger_or_log(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Customer numbers and descriptions are in documents alone: not in reasons, errors, places, names of parts or the log."""
    person, mark = PERSON, MARK
    good = line(1, description=mark, customer=person)
    lake.drop(
        "a.csv",
        table(
            good, line(2, description=mark, customer=person, quantity=mark), f"3,{mark},{person}", f'4,"{mark},{person}'
        ),
    )
    lake.drop("b.csv", f"5,{mark},{person}\n" * 2)
    lake.drop(
        "c.csv", table(line(6, at=mark, customer=person), line(7, mark, price=person * 3), line("", customer=person))
    )
    lake.drop(
        "d.csv",
        table(
            f"8,A,{mark}\x00,1,,,{person},",
            f"9,A,{mark}\udcff,1,,,{person},".encode("utf-8", "surrogateescape").decode("latin-1"),
        ),
    )
    lake.ingest()
    with monkeypatch.context() as patch:
        patch.setattr("ingestion.lake.delta._write", lambda *_: {}[f"{mark} {person}"])
        lake.drop("e.csv", table(good, line(10, description=mark, customer=person)))
        (outcome,) = lake.outcomes()
        assert outcome.error is not None
    lake.ingest()
    lake.drop("f.csv", table(line(10, description=mark, customer=person)))
    lake.ingest(accept=["f.csv"])
    assert mark in "".join(str(row["document"]) for row in lake.quarantine())

    root = lake.environment.lake
    logs = [path for path in root.rglob("_delta_log/*") if path.is_file()]
    assert len(logs) > 20
    for path in logs:
        text = path.read_bytes().decode(errors="replace")
        assert not {word for word in (mark, person) if word in text}, path
    for name in ("pulls", "pull_items", "quarantine", "quarantine_replays"):
        for row in lake.rows(f"ledger/{name}"):
            row.pop("document", None)
            assert not {word for word in (mark, person) if word in str(row)}, (name, row)
    for row in lake.bronze():
        row.pop("_document")
        assert mark not in str(row)
        assert person not in str(row)
    names = " ".join(str(path.relative_to(root)) for path in root.rglob("*"))
    assert mark not in names
    assert person not in names


def test_the_log_holds_statistics_of_the_named_columns_only(lake: Lake) -> None:
    """Bronze has bounds of its time and its pull, and a count of rows; they are true, and readers may prune by them."""
    lake.drop("a.csv", table(line(1, at="2011-01-04 10:00:00"), line(2, at="2011-01-05 23:59:59"), line(3)))
    (pull,) = lake.ingest()
    folder = lake.environment.lake / "bronze" / "online_retail__invoice_lines" / "_delta_log"
    adds = [
        json.loads(text)["add"]
        for path in sorted(folder.glob("*.json"))
        for text in path.read_text().splitlines()
        if '"add"' in text
    ]
    (add,) = adds
    stats = json.loads(add["stats"])
    assert stats["numRecords"] == 3
    assert stats["minValues"] == {"_record_at": "2011-01-04T10:00:00.000Z", "_pull_id": pull["pull_id"]}
    assert stats["maxValues"] == {"_record_at": "2011-01-05T23:59:59.000Z", "_pull_id": pull["pull_id"]}
    assert stats["nullCount"] == {"_record_at": 0, "_pull_id": 0}
    file = pq.ParquetFile(folder.parent / add["path"]).metadata.row_group(0)
    with_bounds = {file.column(n).path_in_schema for n in range(file.num_columns) if file.column(n).is_stats_set}
    assert with_bounds == {"_record_at", "_pull_id", "_position"}
    ledger = lake.environment.lake / "ledger"
    for path in ledger.rglob("_delta_log/*.json"):
        for found in re.findall(r'"stats":"((?:[^"\\]|\\.)*)"', path.read_text()):
            stats = json.loads(json.loads(f'"{found}"'))
            assert set(stats["minValues"]) <= {"pull_id", "status"}, path


def test_bronze_keeps_its_log(lake: Lake) -> None:
    """The log is the proof of which pull brought which rows: it is never cleaned up."""
    lake.drop("a.csv", table(line(1)))
    lake.ingest()
    for name in ("bronze/online_retail__invoice_lines", "ledger/pulls"):
        settings = DeltaTable(str(lake.environment.lake / name)).metadata().configuration
        assert settings["delta.enableExpiredLogCleanup"] == "false"


def test_keys_and_hashes_never_change(lake: Lake) -> None:
    """Golden values: another key for the same record would land the whole history a second time."""
    lake.drop(
        "a.csv",
        table(
            line(536365, "85123A", '"a ""mug"", ½ é\t\\/"', "6", "2010-12-01 08:26:00", "2.55", "17850.0"),
            line(536365, "85123A", ""),
        ),
    )
    lake.drop("history.csv", "Date,USD,BGN,\n2026-04-13,1.1684,N/A,\n")
    lake.drop(
        "daily.xml",
        '<g:Envelope xmlns:g="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">'
        '<Cube><Cube time="2015-01-16"><Cube currency="USD" rate="1.1588"/></Cube></Cube></g:Envelope>',
    )
    lake.ingest()
    lake.ingest("ecb_fx")
    found = {
        entity: [
            (row["_record_key"], row["_document_hash"], row["_subject_key"], row["_document"])
            for row in lake.bronze(entity)
        ]
        for entity in ("online_retail__invoice_lines", "ecb_fx__history_rates", "ecb_fx__daily_rates")
    }
    for entity, keys in {
        "online_retail__invoice_lines": [["shop", "invoice_lines", "536365", "85123A", n] for n in (1, 2)],
        "ecb_fx__history_rates": [["shop", "history_rates", "2026-04-13"]],
        "ecb_fx__daily_rates": [["shop", "daily_rates", "2015-01-16"]],
    }.items():
        for key, row in zip(keys, found[entity], strict=True):
            assert row[0] == digest(key)
            assert row[1] == digest(json.loads(row[3]))
    assert [row[:3] for rows in found.values() for row in rows] == GOLDEN


def digest(value: Any) -> str:
    """128 bits of SHA-256 over JSON with sorted keys and no blanks."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


PERSON_OF_17850 = "28df7a7448c34609a1f2d10729283ca6"
GOLDEN: list[tuple[str, str, str | None]] = [
    ("0f218d9aa74d0bf3eeeb442c56961ce8", "e803eb15f3679c3ca0ab53a17fc36d1a", PERSON_OF_17850),
    ("dcc12c48fec2cf62e2f04e4a3727d53c", "3fcf072089f65cea353f7b35ad8521a1", PERSON_OF_17850),
    ("de1f3b70d0cdc97686907e2aaec2d0a0", "eb331daee1349f6ab15c67e97c507be1", None),
    ("5b407006e04aa49388e04770ae627efd", "c25a01846064862be8ff0d599d5b1965", None),
]


def test_persons_are_keyed_by_secret_system_and_source(tmp_path: Path) -> None:
    """One person has one key within a source and others elsewhere; nobody without the secret can find it; empty is nobody."""
    people = pa.array(["17850.0", "", None, "12347.0", "17850.0"])
    keys = subject_keys(b"a" * 32, "online_retail\x1fuk", people).to_pylist()
    assert keys[0] == keys[4] != keys[3]
    assert keys[1] is keys[2] is None
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in keys if key)
    others = [
        subject_keys(b"b" * 32, "online_retail\x1fuk", people),
        subject_keys(b"a" * 32, "online_retail\x1fde", people),
        subject_keys(b"a" * 32, "magento\x1fuk", people),
        subject_keys(b"a" * 32, "online_retailuk\x1f", people),
    ]
    assert len({keys[0], *(other.to_pylist()[0] for other in others)}) == 5
    assert keys[0] == "a9ef2576a5b73f4929201893155172fb"


def test_the_secret_lies_outside_the_lake_and_is_made_once(tmp_path: Path) -> None:
    """dev makes its own key on first use, readable by nobody else; prod needs one given."""
    variables = {"STORELAKE_LAKE": str(tmp_path / "lake"), "HOME": str(tmp_path / "home")}
    first, second = load(variables), load(variables)
    assert first.subject_key == second.subject_key
    assert len(first.subject_key) == 64
    (path,) = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert path.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "lake").exists()
    assert first.subject_key.decode() not in repr(first)
