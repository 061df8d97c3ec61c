"""The time zone of a source is said once, in the seed `stores`, and landing reads it there."""

from pathlib import Path

import pytest
from lakes import Lake, line, table

from ingestion import stores
from ingestion.errors import StorelakeError

HEADER = "system,source,store_id,store_name,country_code,time_zone,currency,base_currency\n"


def row(zone: str, source: str = "shop", store: str = "main") -> str:
    """A store of `online_retail`."""
    return f"online_retail,{source},{store},Shop,DE,{zone},EUR,EUR\n"


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A seed of its own."""
    path = tmp_path / "stores.csv"
    monkeypatch.setattr(stores, "STORES", path)
    return path


def moments(lake: Lake) -> list[str]:
    """The times of all records in bronze."""
    return [found["_record_at"].isoformat() for found in lake.bronze()]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [("Europe/Berlin", "2011-01-04T09:00:00+00:00"), ("America/New_York", "2011-01-04T15:00:00+00:00")],
)
def test_times_are_in_the_zone_that_the_seed_names(lake: Lake, seed: Path, zone: str, moment: str) -> None:
    """What the seed says is what bronze holds, without a second place to say it, and its day is what a file states."""
    seed.write_text(HEADER + row("Asia/Tokyo", source="other") + row(zone) + row("", store="second"))
    late, early = "2011-01-04 23:59:00", "2011-01-05 00:30:00"
    lake.drop("a.csv", table(line(1), line(2, at=late), line(3, at=early)))
    (pull,) = lake.ingest()
    assert (moments(lake)[0], pull["notes"]) == (moment, None)
    lake.drop("b.csv", table(line(1)))
    lake.ingest()
    left = sorted(document["InvoiceNo"] for document in lake.documents())
    assert left == ["1", "3"], "what was late in the stated day is gone, what was early in the next is not"


def test_a_source_without_a_row_is_told(lake: Lake, seed: Path) -> None:
    """Its times are taken for UTC, and the pull that reads some says so."""
    seed.write_text(HEADER + row("Europe/Berlin", source="other"))
    lake.drop("a.csv", table(line(1)))
    (pull,) = lake.ingest()
    assert moments(lake) == ["2011-01-04T10:00:00+00:00"]
    assert pull["notes"] == "its times are taken for UTC: no row of seeds/stores.csv names its time zone"
    assert lake.ingest()[0]["notes"] is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEADER + row("Asia/Tokyo") + row("Europe/Berlim", source="x"), "line 3: time_zone 'Europe/Berlim' is no time"),
        (HEADER + row("../etc"), "line 2: time_zone '../etc' is no time zone"),
        (HEADER + row("Europe/Rome") + row("Asia/Tokyo", store="b"), "line 3: time_zone 'Asia/Tokyo' is another than"),
        (HEADER.replace("time_zone", "zone"), "has no column time_zone"),
        (None, "is missing"),
    ],
)
def test_a_seed_that_says_no_zone_is_named(seed: Path, text: str | None, says: str) -> None:
    """File, line and rule, before anything is landed in the wrong zone."""
    if text is not None:
        seed.write_text(text)
    with pytest.raises(StorelakeError, match=r"seeds/stores\.csv") as caught:
        stores.time_zone("online_retail", "shop")
    assert says in str(caught.value)


def test_what_ships_has_its_zone() -> None:
    """The sample's times are London's."""
    assert stores.time_zone("online_retail", "uk") == "Europe/London"
