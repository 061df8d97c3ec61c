"""However files, corrections, rates and seed edits arrive, gold is what a full refresh makes of them."""

import csv
import io
import os
import random
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from projects import Project, difference

from ingestion import run
from ingestion.environment import PROJECT, load

Row = dict[str, str]
SEEDS = [20261121, 7]
DAYS = ["2010-12-01.csv", "2010-12-02.csv", "2010-12-03.csv", "2010-12-05.csv", "2010-12-06.csv"]


@pytest.fixture(scope="module")
def days() -> dict[str, list[Row]]:
    """A few hundred lines of real days, with cancellations, postage and notes among them."""
    archive = PROJECT / "data" / "online_retail" / "uci_online_retail_by_day.tar.gz"
    found: dict[str, list[Row]] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            name = Path(member.name).name
            if name in DAYS:
                file = tar.extractfile(member)
                assert file is not None
                rows = list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))
                odd = [row for row in rows if row["InvoiceNo"].startswith("C") or not row["StockCode"][0].isdigit()]
                found[name] = rows[:120] + [row for row in odd if row not in rows[:120]][:40]
    return found


@pytest.fixture(scope="module")
def rates() -> list[str]:
    """The header and the lines of December 2010 of the ECB's history."""
    with zipfile.ZipFile(PROJECT / "data" / "ecb_fx" / "eurofxref-hist.zip") as archive:
        lines = archive.read(archive.namelist()[0]).decode().splitlines()
    return [
        lines[0],
        *(line for line in lines if line[:10] in ("2010-11-30", "2010-12-01", "2010-12-03", "2010-12-06")),
    ]


def _correct(rows: list[Row], chance: random.Random) -> list[Row]:
    """A corrected file of the same day: lines changed, dropped, moved to other products, persons and signs."""
    corrected = []
    for row in rows:
        fate = chance.random()
        if fate < 0.05:
            continue
        row = dict(row)
        if fate < 0.10:
            row["Quantity"] = str(int(row["Quantity"]) + chance.choice([-1, 1, 5]))
        elif fate < 0.14:
            row["StockCode"] = chance.choice(["85123A", "POST", "22423", "M"])
        elif fate < 0.18:
            row["CustomerID"] = chance.choice(["", "17850.0", "12583.0"])
        elif fate < 0.22:
            row["UnitPrice"] = chance.choice(["0.0", "2.55", "1.995"])
        elif fate < 0.25:
            row["Country"] = chance.choice(["France", "Unspecified", "EIRE"])
        corrected.append(row)
    return corrected


class _World:
    """Drops files into the lake as a shop and the ECB would, each younger than the one before."""

    def __init__(self, lake: Path) -> None:
        self.environment = load({"STORELAKE_LAKE": str(lake), "STORELAKE_SUBJECT_KEY": "k" * 40})
        self._shop = self.environment.drop("online_retail", "uk")
        self._bank = self.environment.drop("ecb_fx", "ecb")
        self._shop.mkdir(parents=True)
        self._bank.mkdir(parents=True)
        self._dropped = 0

    def day(self, rows: list[Row]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self._drop(self._shop, text.getvalue())

    def rates(self, lines: list[str]) -> None:
        self._drop(self._bank, "\n".join(lines) + "\n")

    def ingest(self) -> None:
        outcomes = run.ingest(self.environment)
        assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
        held = [i for o in outcomes for p in o.pulls for i in p.items if i.status in ("held", "refused")]
        assert held == []

    def _drop(self, folder: Path, text: str) -> None:
        self._dropped += 1
        path = folder / f"{self._dropped}.csv"
        path.write_text(text)
        at = time.time() - 100_000 + self._dropped
        os.utime(path, (at, at))


def _edit_seeds(project: Project, chance: random.Random) -> None:
    """What a person may change at any time: what a code means, what counts as revenue, where a country lies."""
    types = project.folder / "seeds" / "line_types.csv"
    text = types.read_text()
    line = next(line for line in text.splitlines() if ",M," in line or line.endswith(",M") or "M,adjustment" in line)
    types.write_text(text.replace(line, line.replace("adjustment", chance.choice(["fee", "sample"]))))
    countries = project.folder / "seeds" / "country_names.csv"
    countries.write_text(countries.read_text().replace("EIRE,IE", "EIRE,GB"))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_ends_in_the_same_gold(
    seed: int, days: dict[str, list[Row]], rates: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protects the incremental models: files, corrections, late and changed rates and edited seeds in any order
    give the rows that a full refresh gives, in every table of silver and gold."""
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    chance = random.Random(seed)
    print(f"seed {seed}")
    project = Project.copy(tmp_path / "project")
    world = _World(project.lake)
    arrivals = list(days)
    chance.shuffle(arrivals)
    late = chance.choice(rates[1:])
    world.rates([line for line in rates if line != late])
    for name in arrivals[:3]:
        world.day(days[name])
    world.ingest()
    project.build()

    for name in arrivals[3:]:
        world.day(days[name])
    for name in chance.sample(arrivals[:3], 2):
        world.day(_correct(days[name], chance))
    world.rates(rates)
    world.ingest()
    project.build()

    _edit_seeds(project, chance)
    world.day(_correct(days[arrivals[0]], chance))
    world.day(days[arrivals[1]][1:])
    world.rates([rates[0], *(line.replace("0.8", "0.7") for line in rates[1:])])
    world.ingest()
    project.build()

    # What dbt had parsed before names no longer what the seeds say.
    assert ("online_retail", "EIRE", "GB") in project.tables(["seeds"])["seeds.country_names"]
    grown = project.tables()
    project.work_file.unlink()
    project.build()
    assert difference(grown, project.tables()) == ""
