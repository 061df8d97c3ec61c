"""Both engines make the same of the same bronze: first run, increment, back-fill, full refresh, the demo's data."""

import os
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.aws import stack
from sandbox.aws.stack import Stack
from storelake.sandbox import running

pytestmark = pytest.mark.trino
REPOSITORY = Path(__file__).resolve().parents[3]
STORELAKE = Path(sys.executable).with_name("storelake")


class Both:
    """A lake in the bucket that both engines build: days of real sales, all rates, and four shops with their feeds."""

    def __init__(self, folder: Path, shops: str, variables: dict[str, str]) -> None:
        self._shops = shops
        self._variables = variables
        with tarfile.open(REPOSITORY / "data/online_retail/uci_online_retail_by_day.tar.gz") as tar:
            tar.extractall(folder / "shipped", filter="data")
        self._days = sorted((folder / "shipped").rglob("2010-12-*.csv"))[:4]
        self._days += (folder / "shipped").rglob("2011-01-04.csv")
        assert len(self._days) == 5
        self._drop = folder / "drop" / "online_retail" / "uk"
        self._bank = folder / "drop" / "ecb_fx" / "ecb"
        self._drop.mkdir(parents=True)
        for day in self._days[:3]:
            (self._drop / day.name).write_bytes(day.read_bytes())

    def storelake(self, *words: str) -> None:
        """One command, which must not fail."""
        _storelake(self._variables, *words)

    def compare(self, *words: str) -> None:
        """Every cell of every table of silver and gold."""
        _compare(self._variables, *words)

    def go_on(self) -> None:
        """A file is corrected, a line is gone, days are new, one in another month; a rate is another one, and one is taken
        back; eleven weeks pass in the shops.
        """
        lines = self._days[1].read_bytes().splitlines(keepends=True)
        (self._drop / "corrected.csv").write_bytes(b"".join([lines[0], *lines[2:]]).replace(b",2.55,", b",2.65,"))
        for day in self._days[3:]:
            (self._drop / day.name).write_bytes(day.read_bytes())
        (self._bank / "restated.csv").write_text(self._restated())
        self._until("2025-08-15T10:00:00Z")

    def begin(self) -> None:
        """Where the shops' clock stands at first."""
        self._until("2025-06-01T00:00:00Z")

    def _restated(self) -> str:
        """The bank's whole history, but for the pound of two days."""
        with zipfile.ZipFile(self._bank / "eurofxref-hist.zip") as archive:
            header, *lines = archive.read(archive.namelist()[0]).decode().splitlines()
        pound = header.split(",").index("GBP")
        for day, rate in (("2010-12-01", "0.8461"), ("2010-12-02", "N/A")):
            number = next(number for number, line in enumerate(lines) if line.startswith(day))
            cells = lines[number].split(",")
            cells[pound] = rate
            lines[number] = ",".join(cells)
        return "\n".join([header, *lines, ""])

    def _until(self, moment: str) -> None:
        httpx.post(f"{self._shops}/_sandbox/clock", json={"now": moment}).raise_for_status()


@pytest.fixture
def place(aws: Stack, tmp_path: Path) -> dict[str, str]:
    """Where a lake of a test's own is, with databases of its own."""
    name = f"parity{time.time_ns()}"
    own = {"STORELAKE_LAKE": f"s3://{stack.LAKE}/{name}", "STORELAKE_FOLDER": str(tmp_path), "STORELAKE_SCHEMA": name}
    return aws.variables | own


@pytest.fixture
def both(place: dict[str, str], tmp_path: Path) -> Iterator[Both]:
    """The lake, with shops that play along."""
    # With the seed whose secrets Secrets Manager holds there.
    with running(["--orders", "120", "--sources", str(tmp_path / "sources.toml")]) as ready:
        yield Both(tmp_path, ready.url, ready.variables | place)


@pytest.mark.parity
@pytest.mark.long
def test_a_first_build_is_equal(both: Both) -> None:
    """Protects every model: a first build comes to the same on both engines."""
    both.begin()
    both.storelake("ingest")
    both.storelake("build")
    both.compare()


@pytest.mark.parity_full
def test_an_increment_is_equal(both: Both) -> None:
    """Protects every increment: what is new, late, corrected and gone comes to the same on both engines."""
    both.begin()
    both.storelake("ingest")
    both.storelake("build")
    both.go_on()
    both.storelake("ingest")
    both.storelake("build")
    both.compare()


@pytest.mark.parity_full
def test_a_back_fill_a_full_refresh_and_unit_tests_are_equal(both: Both) -> None:
    """Protects what rarely runs: months that come later, all anew behind an increment, the models' unit tests there."""
    both.begin()
    both.storelake("ingest", "online_retail", "ecb_fx", "stock_feed")
    both.storelake("ingest", "magento", "--since", "2025-03-01")
    both.storelake("build")
    both.compare()
    both.storelake("ingest", "magento", "--since", "2024-06-01", "--until", "2025-03-01")
    both.storelake("build")
    both.compare()
    both.go_on()
    both.storelake("ingest")
    both.storelake("build", "--full-refresh", "--unit-tests")
    both.compare("--full-refresh")
    # Once more with nothing new: no row is appended or merged twice.
    both.storelake("build")
    both.compare()


@pytest.mark.parity_full
def test_the_demos_data_is_equal(place: dict[str, str]) -> None:
    """Protects what a newcomer sees, in production's words: half a million lines of a real shop beside four others."""
    said = _storelake(place, "demo", "--orders", "2000")
    assert "541,909" in said
    _compare(place)


def _storelake(variables: dict[str, str], *words: str) -> str:
    """One command, which must not fail; what it said."""
    done = subprocess.run(
        [STORELAKE, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    return done.stdout


def _compare(variables: dict[str, str], *words: str) -> None:
    """Every cell of every table of silver and gold, and of those that say what is missing."""
    said = _storelake(variables, "parity", *words)
    assert "differs" not in said
    assert said.count("equal") > 50
