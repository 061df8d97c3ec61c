"""Both engines make the same of the same bronze: first run, an increment with corrections and deletes, full refresh."""

import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from sandbox.aws import stack
from sandbox.aws.stack import Stack

pytestmark = [pytest.mark.trino, pytest.mark.parity]
REPOSITORY = Path(__file__).resolve().parents[3]
STORELAKE = Path(sys.executable).with_name("storelake")


def _storelake(variables: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [STORELAKE, *words], capture_output=True, text=True, env={**os.environ, **variables}, timeout=1800, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    return done.stdout


def test_every_table_of_silver_and_gold_is_equal(aws: Stack, tmp_path: Path) -> None:
    """Days of real sales and all rates; then a day that is corrected, a line that is gone, and a new day."""
    name = f"parity{time.time_ns()}"
    folder = tmp_path / "folder"
    variables = aws.variables | {
        "STORELAKE_LAKE": f"s3://{stack.LAKE}/{name}",
        "STORELAKE_FOLDER": str(folder),
        "STORELAKE_SCHEMA": name,
    }
    shipped = tmp_path / "shipped"
    for archive in (REPOSITORY / "data").rglob("*.tar.gz"):
        with tarfile.open(archive) as tar:
            tar.extractall(shipped, filter="data")
    days = sorted(shipped.rglob("2010-12-*.csv"))[:5]
    assert len(days) == 5
    drop = folder / "drop" / "online_retail" / "uk"
    drop.mkdir(parents=True)
    for day in days[:4]:
        (drop / day.name).write_bytes(day.read_bytes())
    _storelake(variables, "ingest", "online_retail", "ecb_fx")
    _storelake(variables, "build")
    assert "differs" not in _storelake(variables, "parity")
    lines = days[2].read_bytes().splitlines(keepends=True)
    (drop / "corrected.csv").write_bytes(b"".join([lines[0], *lines[2:]]).replace(b",2.55,", b",2.65,"))
    (drop / days[4].name).write_bytes(days[4].read_bytes())
    _storelake(variables, "ingest", "online_retail")
    _storelake(variables, "build")
    assert "differs" not in _storelake(variables, "parity")
    _storelake(variables, "build", "--full-refresh")
    assert "differs" not in _storelake(variables, "parity", "--full-refresh")
