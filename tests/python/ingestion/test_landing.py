"""Landing: whatever files come in whatever order, bronze's newest versions are what the newest files say."""

import datetime as dt
import io
import json
import os
import random
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from lakes import HEADER, Lake, line, table

from ingestion import run
from ingestion.extract.files import overlap
from ingestion.load import landing

DAY, NEXT = "2011-01-04", "2011-01-05"


def counts(pull: dict[str, Any]) -> tuple[int, ...]:
    """Read, landed, known, quarantined, deleted."""
    return tuple(pull[f"records_{name}"] for name in ("read", "landed", "known", "quarantined", "deleted"))


def quantities(lake: Lake) -> list[str]:
    """The quantity of each live line, in the order of invoice and line."""
    live = {row["_record_key"]: row for row in lake.bronze()}
    rows = [row for row in live.values() if row["_operation"] == "upsert"]
    return [
        json.loads(row["_document"])["Quantity"]
        for row in sorted(rows, key=lambda row: json.loads(row["_document"])["InvoiceNo"])
    ]


def day(*lines: str) -> str:
    """A file of lines."""
    return table(*lines)


# ---------- one thing at a time ----------


def test_rows_are_compared_in_ranges_of_keys(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ranges memory makes of the keys: the same is landed, known and deleted."""
    monkeypatch.setattr(landing, "_ROW_BYTES", 1 << 22)
    lines = [line(number) for number in range(200)]
    lake.drop("a.csv", day(*lines))
    lake.ingest()
    lake.drop("b.csv", day(*lines[:190], *(line(number, quantity=2) for number in range(190, 197)), line(300)))
    assert [counts(pull) for pull in lake.ingest()] == [(198, 8, 190, 0, 3)]
    assert quantities(lake).count("2") == 7
    lake.check()


def test_too_little_memory_names_the_setting(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What DuckDB cannot do within its memory is said with the setting that gives it more."""
    lake.drop("a.csv", day(line(1)))
    lake.ingest()

    def fails(*_: object) -> None:
        raise duckdb.OutOfMemoryException("Out of Memory Error")

    monkeypatch.setattr(landing._Comparison, "_find_held", fails)
    lake.drop("b.csv", day(line(1, quantity=2)))
    (outcome,) = lake.outcomes("online_retail", "shop")
    assert "STORELAKE_LANDING_MEMORY" in str(outcome.error)


def test_a_file_that_is_dropped_twice_lands_nothing_twice(lake: Lake) -> None:
    """Files are known by content: the same bytes under another name are seen, read no second time."""
    lake.drop("a.csv", day(line(1), line(2)))
    assert [counts(pull) for pull in lake.ingest()] == [(2, 2, 0, 0, 0)]
    lake.drop("b.csv", day(line(1), line(2)))
    (pull,) = lake.ingest()
    assert (counts(pull), pull["items_seen"], pull["items_read"]) == ((0, 0, 0, 0, 0), 2, 0)
    assert len(lake.bronze()) == 2


def test_two_equal_files_in_one_run_count_once(lake: Lake) -> None:
    """The second of two equal files is seen, whatever its name."""
    lake.drop("a.csv", day(line(1)))
    lake.drop("b.csv", day(line(1)))
    (pull,) = lake.ingest()
    assert (counts(pull), pull["items_seen"], pull["items_read"]) == ((1, 1, 0, 0, 0), 1, 1)


@pytest.mark.parametrize("name", ["a.csv", "b.csv", "c.csv"])
def test_a_correction_is_taken_back_by_the_first_bytes(lake: Lake, name: str) -> None:
    """Content that comes again after what had replaced it is news, under whatever name, and once."""
    first = day(line(1, quantity=5), line(2))
    lake.drop("a.csv", first)
    lake.ingest()
    lake.drop("b.csv", day(line(1, quantity=3), line(2)))
    lake.ingest()
    assert quantities(lake) == ["3", "1"]
    lake.drop(name, first)
    lake.ingest()
    assert quantities(lake) == ["5", "1"]
    before = len(lake.bronze())
    for _ in range(2):
        (pull,) = lake.ingest()
        assert (counts(pull), pull["items_held"]) == ((0, 0, 0, 0, 0), 0), "every drop counts once"
    assert len(lake.bronze()) == before
    lake.check()


def test_a_correction_and_its_taking_back_in_one_drop(lake: Lake) -> None:
    """First bytes, correction, first bytes in one folder: each replaces the one before it, also in a first run."""
    for name, quantity in (("a.csv", 5), ("b.csv", 3), ("c.csv", 5), ("d.csv", 3), ("e.csv", 5)):
        lake.drop(name, day(line(1, quantity=quantity), line(2)))
    lake.ingest()
    assert quantities(lake) == ["5", "1"]
    assert [json.loads(row["_document"])["Quantity"] for row in lake.bronze()] == ["5", "1", "3", "5", "3", "5"]
    assert [pull["items_read"] for pull in lake.ingest()] == [0]


def test_first_bytes_that_return_with_their_old_time_are_never_passed_over(lake: Lake) -> None:
    """A copy that kept its time of change: over the correction it is news, beside it a person has to say so."""
    first = day(line(1, quantity=5), line(2))
    old = lake.drop("a.csv", first).stat().st_mtime
    lake.ingest()
    lake.drop("b.csv", day(line(1, quantity=3), line(2)))
    lake.ingest()
    os.utime(lake.drop("again.csv", first), (old, old))
    (pull,) = lake.ingest()
    assert (pull["items_held"], quantities(lake)) == (1, ["3", "1"])
    assert "'b.csv' has replaced it" in lake.items()["again.csv"]["reason"]
    lake.ingest(accept=["again.csv"])
    assert quantities(lake) == ["5", "1"]
    lake.drop("b.csv", day(line(1, quantity=2), line(2)))
    lake.ingest()
    os.utime(lake.drop("b.csv", first), (old, old))
    lake.ingest()
    assert quantities(lake) == ["5", "1"]
    assert [(pull["items_read"], pull["items_held"]) for pull in lake.ingest()] == [(0, 0)]


def test_old_files_that_get_new_times_change_nothing(lake: Lake) -> None:
    """A folder that was copied without its times, in the order in which it came, ends as it was."""
    lake.drop("a.csv", day(line(1, quantity=5), line(2)))
    lake.drop("b.csv", day(line(1, quantity=3), line(2)))
    lake.drop("c.csv", day(line(7, at=f"{NEXT} 10:00:00")))
    lake.ingest()
    for path in sorted(lake.folder.iterdir()):
        lake.drop(path.name, path.read_bytes())
    lake.ingest()
    assert quantities(lake) == ["3", "1", "1"]
    assert [pull["items_read"] for pull in lake.ingest()] == [0]


def test_a_day_of_rates_that_returns_is_news(lake: Lake) -> None:
    """Files that state no parts: the same bytes again count after whatever came in between, in one run or in three."""
    xml = (
        '<e:Envelope xmlns:e="http://www.gesmes.org/xml/2002-08-01" '
        'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube><Cube time="2011-01-04">'
        '<Cube currency="USD" rate="{}"/></Cube></Cube></e:Envelope>'
    )

    def rate() -> str:
        (document,) = lake.documents("ecb_fx__daily_rates")
        (entry,) = document["{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"]
        return entry["@rate"]

    for name, value in (("a.xml", "1.5"), ("b.xml", "1.3"), ("c.xml", "1.5")):
        lake.drop(name, xml.format(value))
    lake.ingest("ecb_fx")
    assert rate() == "1.5"
    for name, value in (("d.xml", "1.3"), ("a.xml", "1.5")):
        lake.drop(name, xml.format(value))
        lake.ingest("ecb_fx")
        assert rate() == value
    assert [pull["items_read"] for pull in lake.ingest("ecb_fx")] == [0, 0]


def test_a_value_that_returns_has_three_versions(lake: Lake) -> None:
    """5, 3, 5 is a history of three: known is only what equals the newest version."""
    for number, quantity in enumerate((5, 3, 5)):
        lake.drop(f"{number}.csv", day(line(1, quantity=quantity), line(2, quantity=number)))
        lake.ingest()
    versions = [
        json.loads(row["_document"])["Quantity"] for row in lake.bronze() if '"InvoiceNo":"1"' in row["_document"]
    ]
    assert versions == ["5", "3", "5"]


def test_a_correction_changes_deletes_and_keeps(lake: Lake) -> None:
    """A corrected file states its day anew: changed lines are new versions, missing ones deletes, others known."""
    lake.drop("a.csv", day(line(1), line(2), line(3, at=f"{NEXT} 10:00:00"), line(4)))
    lake.ingest()
    lake.drop("b.csv", day(line(1), line(4, quantity=9)))
    (pull,) = lake.ingest()
    assert counts(pull) == (2, 1, 1, 0, 1)
    assert sorted(document["InvoiceNo"] for document in lake.documents()) == ["1", "3", "4"]
    (gone,) = [row for row in lake.bronze() if row["_operation"] == "delete"]
    assert gone["_document"] is gone["_document_hash"] is gone["_source_uri"] is None
    assert gone["_subject_key"] is not None


def test_a_day_that_nobody_states_is_untouched(lake: Lake) -> None:
    """A statement is about the days found in its data, no others."""
    lake.drop("a.csv", day(line(0), line(1), line(2, at=f"{NEXT} 00:00:00")))
    lake.ingest()
    lake.drop("b.csv", day(line(0), line(3)))
    (pull,) = lake.ingest()
    assert counts(pull) == (2, 1, 1, 0, 1)
    assert sorted(document["InvoiceNo"] for document in lake.documents()) == ["0", "2", "3"]


def test_what_was_deleted_can_return(lake: Lake) -> None:
    """A record that comes back after a delete is a new version, equal to an old one or not; it can go again, once."""
    for number, lines in enumerate(([1, 2], [1], [1, 2], [1], [1])):
        lake.drop(f"{number}.csv", day(*(line(invoice) for invoice in lines), line(0, quantity=number)))
        lake.ingest()
    operations = [row["_operation"] for row in lake.bronze() if row["_record_key"] not in {
        first["_record_key"] for first in lake.bronze() if first["_document"] and '"InvoiceNo":"2"' not in first["_document"]
    }]  # fmt: skip
    assert operations == ["upsert", "delete", "upsert", "delete"]


def test_a_line_that_moves_to_another_day_is_never_lost(lake: Lake) -> None:
    """Whether the day that lost it or the day that got it comes first, the line ends where it was stated last."""
    lake.drop("a.csv", day(line(1), line(2)))
    lake.ingest()
    lake.drop("b.csv", day(line(1, at=f"{NEXT} 09:00:00"), line(3, at=f"{NEXT} 09:00:00")))
    (pull,) = lake.ingest()
    assert counts(pull) == (2, 2, 0, 0, 0)
    lake.drop("c.csv", day(line(2, quantity=2)))
    (pull,) = lake.ingest()
    assert counts(pull) == (1, 1, 0, 0, 0), "its newest version lies on the other day, so it is not missing here"
    lake.drop("d.csv", day(line(3, at=f"{NEXT} 09:00:00")))
    lake.ingest()
    lake.drop("e.csv", day(line(2), line(1)))
    lake.ingest()
    assert sorted((d["InvoiceNo"], d["InvoiceDate"][:10]) for d in lake.documents()) == [
        ("1", DAY), ("2", DAY), ("3", NEXT)
    ]  # fmt: skip


def test_exact_duplicates_are_records_of_their_own(lake: Lake) -> None:
    """The n-th line with the same invoice and code is a record: inserting one shifts only later lines of that pair."""
    lake.drop("a.csv", day(line(1), line(1), line(1, "B"), line(1)))
    assert counts(lake.ingest()[0]) == (4, 4, 0, 0, 0)
    lake.drop("b.csv", day(line(1), line(1), line(1, "C"), line(1, "B"), line(1), line(1)))
    assert counts(lake.ingest()[0]) == (6, 2, 4, 0, 0)
    lake.drop("c.csv", day(line(1, "C"), line(1), line(1, "B"), line(1)))
    assert counts(lake.ingest()[0]) == (4, 0, 4, 0, 2)


def test_the_order_of_columns_and_lines_changes_no_record(lake: Lake) -> None:
    """Keys and hashes look at names and values only."""
    lake.drop("a.csv", day(line(1), line(2)))
    lake.ingest()
    names = HEADER.split(",")
    turned = [",".join(reversed(text.split(","))) for text in (line(2), line(1))]
    lake.drop("b.csv", table(*turned, header=",".join(reversed(names))))
    assert counts(lake.ingest()[0]) == (2, 0, 2, 0, 0)


def test_an_unknown_column_is_welcome_and_reported(lake: Lake) -> None:
    """A new field lands with its record, which is a new version, and the drift is in the ledger."""
    lake.drop("a.csv", day(line(1)))
    lake.ingest()
    lake.drop("b.csv", table(line(1) + ",blue", header=f"{HEADER},Colour"))
    assert counts(lake.ingest()[0]) == (1, 1, 0, 0, 0)
    assert lake.documents()[0]["Colour"] == "blue"
    assert lake.items()["b.csv"]["drift"] == "Colour"


def test_quarantined_records_stop_deletes(lake: Lake) -> None:
    """Where a file has a record that nobody could read, what seems to be missing may be just that one."""
    lake.drop("a.csv", day(line(1), line(2), line(3)))
    lake.ingest()
    lake.drop("b.csv", day(line(1), line(2, quantity="two")))
    (pull,) = lake.ingest()
    assert counts(pull) == (2, 0, 1, 1, 0)
    assert "no deletes for 1 file" in pull["notes"]
    lake.drop("c.csv", day(line(1), "2,A"))
    assert counts(lake.ingest()[0]) == (2, 0, 1, 1, 0)
    lake.drop("d.csv", day(line(1), line(2, quantity=2)))
    assert counts(lake.ingest()[0]) == (2, 1, 1, 0, 1)


def test_a_shrunken_file_is_held_until_it_is_accepted(lake: Lake) -> None:
    """A file with less than half of what its days had is a broken export rather than a correction."""
    lake.drop("a.csv", day(*(line(n) for n in range(10))))
    lake.ingest()
    lake.drop("b.csv", day(line(0)))
    (pull,) = lake.ingest()
    assert (counts(pull), pull["items_held"]) == ((0, 0, 0, 0, 0), 1)
    assert "ingest --accept 'b.csv'" in lake.items()["b.csv"]["reason"]
    assert counts(lake.ingest(accept=["b.csv"])[0]) == (1, 0, 1, 0, 9)
    lake.drop("c.csv", day(line(0, quantity=5)))
    assert counts(lake.ingest()[0]) == (1, 1, 0, 0, 0), "one of one is not shrunken"


# ---------- halves and old files ----------

TILLS = ("till 1.csv", "till 2.csv", "till 3.csv")


def till(number: int, size: int = 4, more: int = 0) -> str:
    """What one of several tills sold on a day."""
    return day(*(line(f"{number}-{n}") for n in range(size)), *(line(f"common-{n}") for n in range(more)))


@pytest.mark.parametrize("in_one_drop", [True, False])
def test_halves_of_one_day_delete_nothing(lake: Lake, in_one_drop: bool) -> None:
    """Two tills, one day: the later one is held and says how to go on, in each run, until somebody accepts it."""
    for number, name in enumerate(TILLS):
        lake.drop(name, till(number))
        if not in_one_drop:
            lake.ingest()
    for _ in range(2):
        lake.ingest()
        assert sorted(document["InvoiceNo"] for document in lake.documents()) == ["0-0", "0-1", "0-2", "0-3"]
        assert [lake.items()[name]["status"] for name in TILLS] == ["seen", "held", "held"]
    reason = lake.items()[TILLS[1]]["reason"]
    for part in ("of 2011-01-04", "'till 1.csv'", "--accept 'till 2.csv'", "files_add_up"):
        assert part in reason
    assert counts(lake.ingest(accept=[TILLS[1]])[0]) == (4, 4, 0, 0, 4)
    lake.check()


@pytest.mark.parametrize(("more", "held"), [(2, 1), (3, 0)])
def test_half_of_the_keys_makes_a_correction(lake: Lake, more: int, held: int) -> None:
    """Of the smaller file's keys at least half are in both where one corrects the other."""
    lake.drop("a.csv", till(1, 3, more))
    lake.ingest()
    lake.drop("b.csv", till(2, 6, more))
    assert lake.ingest()[0]["items_held"] == held


def test_one_day_among_many_is_enough_to_hold_a_file(lake: Lake) -> None:
    """A month that repeats its days but for one, which is another till's, would delete that one."""
    days = [f"2011-01-{number:02}" for number in range(3, 20)]
    for at in days:
        lake.drop(f"{at}.csv", table(*(line(n, at=f"{at} 10:00:00") for n in range(3))))
    lake.ingest()
    lines = [line(n if at != days[7] else f"x{n}", at=f"{at} 10:00:00") for at in days for n in range(3)]
    lake.drop("month.csv", table(*lines))
    (pull,) = lake.ingest()
    assert (pull["records_deleted"], pull["items_held"]) == (0, 1)
    assert f"of {days[7]} " in lake.items()["month.csv"]["reason"]
    lake.drop("month.csv", table(*(line(n, quantity=2, at=f"{at} 10:00:00") for at in days for n in range(3))))
    assert counts(lake.ingest()[0]) == (51, 51, 0, 0, 0)


def test_long_days_are_compared_by_a_sample(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many keys as many of both are looked at: a correction stays one, another till is held."""
    monkeypatch.setattr(overlap, "KEPT", 64)
    lake.drop("a.csv", day(*(line(n % 900, "AB"[n % 2]) for n in range(2000))))
    lake.ingest()
    lake.drop("b.csv", day(*(line(n % 900, "AB"[n % 2], quantity=2) for n in range(300, 2300))))
    assert lake.ingest()[0]["items_held"] == 0
    lake.drop("c.csv", day(*(line(n % 900, "CD"[n % 2]) for n in range(2000))))
    assert lake.ingest()[0]["items_held"] == 1


def test_a_file_of_many_days_is_compared_within_landings_memory(lake: Lake) -> None:
    """A history of years in one file, dropped again as another one: the sample of each day must not fill the memory."""
    days = [(dt.date(2001, 1, 1) + dt.timedelta(days=n)).isoformat() for n in range(2000)]
    for name, quantity in (("a.csv", 1), ("b.csv", 2)):
        lake.drop(name, table(*(line(n, quantity=quantity, at=f"{day} 10:00:00") for n, day in enumerate(days))))
        (pull,) = lake.ingest()
        assert counts(pull) == (2000, 2000, 0, 0, 0)


def test_files_of_a_source_that_says_so_add_up(tmp_path: Path, lake: Lake) -> None:
    """Each file adds its records; what it does not hold stays, a key that comes again is a new version, and what was
    refused of one is read again whatever came later."""
    declared = tmp_path / "sources.toml"
    declared.write_text("[online_retail.shop]\nfiles_add_up = true\n")
    lake = Lake(replace(lake.environment, sources=declared), lake.folder)
    for number, name in enumerate(TILLS):
        lake.drop(name, till(number))
    (pull,) = lake.ingest()
    assert (counts(pull), len(lake.documents())) == ((12, 12, 0, 0, 0), 12)
    lake.drop("more.csv", day(line("0-0", quantity=7), line("9-9", quantity="many")))
    (pull,) = lake.ingest()
    assert counts(pull) == (2, 1, 0, 1, 0)
    assert quantities(lake) == ["7", *["1"] * 11]
    lake.drop(TILLS[0], till(0))
    lake.ingest()
    assert quantities(lake) == ["1"] * 12
    outcomes = run.replay(lake.environment, ["online_retail"])
    assert [pull.counts.items_read for outcome in outcomes for pull in outcome.pulls] == [1]
    lake.check()


def test_a_file_that_is_not_in_the_archive_any_more_is_not_guessed_at(lake: Lake) -> None:
    """Without what it would replace a file cannot be compared, and says so."""
    lake.drop("a.csv", till(1))
    lake.ingest()
    for path in (lake.environment.lake / "raw").rglob("*.zst"):
        path.unlink()
    lake.drop("b.csv", till(1, more=1))
    assert lake.ingest()[0]["items_held"] == 1
    assert "cannot be read from the archive any more" in lake.items()["b.csv"]["reason"]
    assert counts(lake.ingest(accept=["b.csv"])[0]) == (5, 1, 4, 0, 0)


def test_files_that_state_the_same_day_land_in_the_order_in_which_they_came(lake: Lake) -> None:
    """Each of them gets a pull of its own, and later ones never overtake: not even through a day in between."""
    lake.drop("a.csv", day(line(1, quantity=1)))
    lake.drop("b.csv", day(line(1, quantity=2), line(2, quantity=2, at=f"{NEXT} 10:00:00")))
    lake.drop("c.csv", day(line(2, quantity=3, at=f"{NEXT} 10:00:00")))
    lake.drop("d.csv", day(line(1, quantity=4)))
    pulls = lake.ingest()
    assert quantities(lake) == ["4", "3"]
    assert [counts(pull) for pull in pulls] == [(1, 1, 0, 0, 0), (2, 2, 0, 0, 0), (2, 2, 0, 0, 0)]


def test_a_period_lets_no_file_overtake_an_older_one(lake: Lake) -> None:
    """An older file that reaches beyond the period would count as the newer one when it is pulled at last: what states
    one of its days after it is held until then, and what would overtake that, too."""
    first, second, third = (f"2011-01-0{n} 10:00:00" for n in (3, 4, 5))
    lake.drop("1.csv", table(line(1, quantity=1, at=first), line(2, quantity=1, at=second)))
    lake.drop("2.csv", table(line(2, quantity=2, at=second), line(3, quantity=2, at=third)))
    lake.drop("3.csv", table(line(3, quantity=3, at=third)))
    (pull,) = lake.ingest(since=dt.date(2011, 1, 4))
    assert (pull["records_landed"], pull["items_held"]) == (0, 2)
    assert {name: item["status"] for name, item in lake.items().items()} == {"2.csv": "held", "3.csv": "held"}
    lake.ingest()
    assert sorted((one["InvoiceNo"], one["Quantity"]) for one in lake.documents()) == [
        ("1", "1"),
        ("2", "2"),
        ("3", "3"),
    ]


def test_bounds_leave_files_for_later(lake: Lake) -> None:
    """--since and --until choose files by the days that they state; the others wait without a trace."""
    lake.drop("a.csv", day(line(1)))
    lake.drop("b.csv", day(line(2, at=f"{NEXT} 10:00:00")))
    (pull,) = lake.ingest(since=dt.date.fromisoformat(NEXT))
    assert (counts(pull)[0], pull["items_read"]) == (1, 1)
    assert [document["InvoiceNo"] for document in lake.documents()] == ["2"]
    lake.ingest()
    assert len(lake.documents()) == 2


def test_a_pull_that_finds_nothing_new_completes(lake: Lake) -> None:
    """Freshness is about having looked."""
    first, second = lake.ingest(), lake.ingest()
    assert [counts(pull) for pull in first + second] == [(0, 0, 0, 0, 0)] * 2


def test_what_the_ledger_says_of_a_pull(lake: Lake) -> None:
    """Days as the window, position in file and pull, the way back to the archived line."""
    lake.drop("a.csv", day(line(1), line(2, at=f"{NEXT} 23:59:59")))
    (pull,) = lake.ingest()
    assert (pull["window_start"], pull["window_end"]) == tuple(
        dt.datetime.fromisoformat(f"{text}T00:00:00+00:00") for text in (DAY, NEXT)
    )
    row = lake.bronze()[1]
    uri, number = row["_source_uri"].split("#line=")
    with pa.CompressedInputStream(pa.OSFile(str(lake.environment.lake / uri), "rb"), "zstd") as archived:
        assert archived.read().decode().splitlines()[int(number) - 1] == line(2, at=f"{NEXT} 23:59:59")
    assert row["_record_at"] == dt.datetime.fromisoformat(f"{NEXT}T23:59:59+00:00")
    assert pull["bytes_read"] == (lake.folder / "a.csv").stat().st_size


# ---------- rates ----------


def history(days: Iterable[int], usd: str = "1.5") -> str:
    """A history file of the ECB, newest first."""
    first = dt.date(2011, 1, 1)
    rows = [f"{first + dt.timedelta(days=number)},{usd},N/A,\n" for number in sorted(days, reverse=True)]
    return "".join(["Date,USD,BGN,\n", *rows])


def test_a_history_states_everything(lake: Lake) -> None:
    """A day that a complete history no longer has is gone; one with fewer than 99 % of the days is held."""
    everything = set(range(200))
    lake.drop("a.csv", history(everything))
    lake.ingest("ecb_fx")
    lake.drop("b.csv", history(everything - {7}))
    pulls = {pull["entity"]: counts(pull) for pull in lake.ingest("ecb_fx")}
    assert pulls == {"history_rates": (199, 0, 199, 0, 1), "daily_rates": (0, 0, 0, 0, 0)}
    lake.drop("c.csv", history(everything - {7, 8, 9, 10}))
    lake.drop("d.csv", history(everything - {7}, usd="1.6"))
    (pull,) = [pull for pull in lake.ingest("ecb_fx") if pull["entity"] == "history_rates"]
    assert (counts(pull), pull["items_held"]) == ((199, 199, 0, 0, 0), 1), "what is gone goes once"
    assert len(lake.documents("ecb_fx__history_rates")) == 199


@pytest.mark.parametrize("packed", [False, True])
def test_a_history_that_ends_earlier_is_held(lake: Lake, packed: bool) -> None:
    """An old file of the bank that is dropped again would delete the newest days, few as they are."""

    def content(days: int, usd: str = "1.5") -> bytes:
        data = history(range(days), usd).encode()
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("eurofxref-hist.csv", data)
        return target.getvalue() if packed else data

    def pulled(**more: Any) -> tuple[Any, ...]:
        pull = [pull for pull in lake.ingest("ecb_fx", **more) if pull["entity"] == "history_rates"][-1]
        return pull["records_landed"], pull["records_deleted"], pull["items_held"]

    lake.drop("first", content(400))
    lake.drop("second", content(401))
    pulled()
    lake.drop("third", content(399, usd="1.6"))
    assert pulled() == (0, 0, 1)
    assert (
        "it ends on 2012-02-03 where 'second', which it would replace, goes on to 2012-02-05"
        in (lake.items()["third"]["reason"])
    )
    lake.drop("first again", content(400))
    assert pulled() == (0, 0, 2), "known bytes as well"
    assert pulled(accept=["first again"]) == (0, 1, 1)


def test_a_history_of_the_same_days_counts_if_it_is_younger(lake: Lake) -> None:
    """Where both end on one day, the file's time of change says which is older."""
    at = lake.drop("a.csv", history(range(200))).stat().st_mtime
    lake.ingest("ecb_fx")
    os.utime(lake.drop("b.csv", history(range(200), usd="1.6")), (at - 1000, at - 1000))
    lake.ingest("ecb_fx")
    assert lake.items()["b.csv"]["reason"].startswith("it is older (")
    os.utime(lake.drop("c.csv", history(range(201), usd="1.7")), (at - 1000, at - 1000))
    lake.ingest("ecb_fx")
    assert (lake.items()["c.csv"]["status"], len(lake.documents("ecb_fx__history_rates"))) == ("read", 201)


def daily(*days: tuple[str, str], gap: str = "") -> str:
    """A daily file of the ECB with several days."""
    cubes = gap.join(f'<Cube time="{at}"><Cube currency="USD" rate="{rate}"/></Cube>' for at, rate in days)
    return (
        '<g:Envelope xmlns:g="http://www.gesmes.org/xml/2002-08-01" '
        f'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>{cubes}</Cube></g:Envelope>'
    )


@pytest.mark.parametrize("gap", ["", "\n"])
def test_several_days_in_one_xml_file_are_told_apart(lake: Lake, gap: str) -> None:
    """Records on one line of a file have positions of their own: one new version is one row."""
    lake.drop("a.xml", daily((DAY, "1.1"), (NEXT, "1.2"), gap=gap))
    lake.drop("b.xml", daily((DAY, "1.1"), (NEXT, "1.3"), gap=gap))
    (pull,) = [pull for pull in lake.ingest("ecb_fx") if pull["entity"] == "daily_rates"]
    assert counts(pull) == (4, 3, 1, 0, 0)
    lake.drop("c.xml", daily((DAY, "1.1"), (NEXT, "1.4"), gap=gap))
    (pull,) = [pull for pull in lake.ingest("ecb_fx") if pull["entity"] == "daily_rates"]
    assert counts(pull) == (2, 1, 1, 0, 0)
    rates = [
        document["{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"][0]["@rate"]
        for document in lake.documents("ecb_fx__daily_rates")
    ]
    assert sorted(rates) == ["1.1", "1.4"]


# ---------- all things at once ----------

Stated = dict[tuple[str, str, int], tuple[str, str]]


class Model:
    """What a perfect landing would hold: the newest text and day of each live record."""

    def __init__(self) -> None:
        self.live: Stated = {}
        self.seen: set[str] = set()
        self.stated: dict[str, int] = {}
        self.versions = 0

    def drop(self, lines: list[tuple[str, str, str, str]], accepted: bool) -> None:
        """A file of (day, invoice, code, quantity); quantity `bad` cannot be read."""
        content = repr(lines)
        if content in self.seen:
            return
        sizes: dict[str, int] = {}
        for at, *_ in lines:
            sizes[at] = sizes.get(at, 0) + 1
        if not accepted and len(lines) < 0.5 * sum(self.stated.get(at, 0) for at in sizes):
            return
        self.seen.add(content)
        self.stated.update(sizes)
        numbers: dict[tuple[str, str], int] = {}
        found: Stated = {}
        whole = True
        for at, invoice, code, quantity in lines:
            number = numbers[invoice, code] = numbers.get((invoice, code), 0) + 1
            if quantity == "bad":
                whole = False
            else:
                found[invoice, code, number] = (at, quantity)
        gone = [key for key, (at, _) in self.live.items() if whole and at in sizes and key not in found]
        changed = [key for key, value in found.items() if self.live.get(key) != value]
        self.versions += len(gone) + len(changed)
        for key in gone:
            del self.live[key]
        self.live.update(found)


def change(chance: random.Random, lines: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """The same day, corrected: lines changed, removed, inserted, moved to another day, or spoilt."""
    days = ["2011-01-04", "2011-01-05", "2011-01-06"]
    changed = list(lines)
    for _ in range(chance.randint(0, 3)):
        what = chance.choice(["change", "remove", "insert", "move", "spoil", "swap"])
        at = chance.randrange(len(changed)) if changed else 0
        if what == "insert" or not changed:
            place = changed[at][0] if changed else days[0]
            changed.insert(at, (place, str(chance.randint(1, 3)), chance.choice("AB"), str(chance.randint(1, 3))))
        elif what == "remove":
            del changed[at]
        elif what == "swap":
            changed.append(changed.pop(at))
        else:
            moved = {"change": {3: str(chance.randint(1, 3))}, "move": {0: chance.choice(days)}, "spoil": {3: "bad"}}[
                what
            ]
            changed[at] = tuple(moved.get(place, value) for place, value in enumerate(changed[at]))  # type: ignore[assignment]
    return changed


@pytest.mark.parametrize("seed", [1, 2])
def test_any_sequence_of_files_ends_as_the_newest_of_them_say(lake: Lake, seed: int) -> None:
    """A model in ten lines of Python and bronze's newest versions agree after each run, and so do the versions counted."""
    chance = random.Random(seed)
    model = Model()
    dropped: list[list[tuple[str, str, str, str]]] = []
    states: list[list[tuple[str, str, str, str]]] = [
        [(f"2011-01-0{at}", str(chance.randint(1, 3)), chance.choice("AB"), "1") for _ in range(8)] for at in (4, 5, 6)
    ]
    for turn in range(5):
        accepted = chance.random() < 0.3
        names = []
        pending = []
        for number in range(chance.randint(1, 3)):
            at = chance.randrange(3)
            match chance.choice(["new", "new", "again", "short"]):
                case "again" if dropped:
                    lines = chance.choice(dropped)
                case "short":
                    lines = states[at][:2]
                case _:
                    lines = states[at] = change(chance, states[at])
            if not lines:
                continue
            dropped.append(lines)
            name = f"{turn}-{number}.csv"
            names.append(name)
            pending.append(lines)
            rows = (line(i, c, quantity=q, at=f"{d} 10:00:00") for d, i, c, q in lines)
            lake.drop(name, table(*rows))
        waiting = [lines for lines in dropped if repr(lines) not in model.seen]
        lake.ingest(accept=names if accepted else [])
        for lines in waiting:
            model.drop(lines, accepted and lines in pending)
        live = sorted((d["InvoiceDate"][:10], d["InvoiceNo"], d["StockCode"], d["Quantity"]) for d in lake.documents())
        expected = sorted((at, invoice, code, quantity) for (invoice, code, _), (at, quantity) in model.live.items())
        assert live == expected, f"run {turn} of seed {seed}"
        assert len(lake.bronze()) == model.versions, f"run {turn} of seed {seed}"
