"""Throttling, lost answers and expired credentials, from landing to publishing: survived, or told and nothing half done."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable
from faulty_aws import SLOW_DOWN, FaultyAws, before

from ingestion.environment import Environment
from sandbox.aws.stack import Stack

pytestmark = pytest.mark.trino
STORELAKE = Path(sys.executable).with_name("storelake")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAOFNOBODYATALL",
    "AWS_SECRET_ACCESS_KEY": "nobodys/secret+key",
    "AWS_SESSION_TOKEN": "nobodys//session==token",
}
LINES = 60


@pytest.fixture
def faulty(production: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyAws]:
    """The way to AWS of every command that a test starts; the test itself looks past it."""
    with before(production.url) as found:
        yield found


@pytest.fixture
def lake(lake: Environment) -> Environment:
    """With three files to land."""
    drop = lake.drop("online_retail", "shop")
    drop.mkdir(parents=True)
    for day in (1, 2, 3):
        lines = [
            f"{day}{n},A{n},thing,1,2011-01-0{day} 10:00:00,2.50,17850,United Kingdom\n" for n in range(LINES // 3)
        ]
        (drop / f"{day}.csv").write_text(HEADER + "".join(lines))
        os.utime(drop / f"{day}.csv", (1, 1))
    return lake


def _storelake(faulty: FaultyAws, *words: str) -> tuple[int, str]:
    """A command by way of the faulty AWS: its exit code, and what it said, in which no key may be."""
    variables = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": faulty.url, "STORELAKE_DEBUG": "1"}
    done = subprocess.run([STORELAKE, *words], capture_output=True, text=True, env=variables, timeout=600, check=False)
    said = done.stdout + done.stderr
    assert [key for key in KEYS.values() if key in said] == []
    return done.returncode, said


def _ingest(faulty: FaultyAws) -> tuple[int, str]:
    return _storelake(faulty, "ingest", "online_retail", "--source", "shop")


def _landed(environment: Environment) -> list[str]:
    table = DeltaTable(environment.bronze("online_retail", "invoice_lines"))
    return sorted(table.to_pyarrow_table(columns=["_record_key"])["_record_key"].to_pylist())


def _pulls(environment: Environment, status: str) -> int:
    rows = DeltaTable(environment.ledger("pulls")).to_pyarrow_table(columns=["status"])["status"].to_pylist()
    return rows.count(status)


def _is_whole(environment: Environment) -> None:
    """Every line once, by one pull."""
    keys = _landed(environment)
    assert len(keys) == len(set(keys)) == LINES
    assert _pulls(environment, "completed") == 1


def test_landing_waits_out_throttling_and_lost_answers(lake: Environment, faulty: FaultyAws) -> None:
    """A third of all requests is refused, and a tenth of what is written is answered by a refusal all the same: a commit
    that seems to have failed is not made twice."""
    faulty.throttle(0.3)
    faulty.lost = 0.1
    code, said = _ingest(faulty)
    assert code == 0, said
    assert faulty.faults > 5
    _is_whole(lake)


def test_landing_gives_up_on_endless_throttling(lake: Environment, faulty: FaultyAws) -> None:
    """One clear line, nothing that counts, and the same call lands everything later."""
    faulty.fault = lambda method, path: SLOW_DOWN if method == "PUT" and "/bronze/" in path else None
    code, said = _ingest(faulty)
    assert code == 1
    assert "S3 asked to slow down ten times in a row: run the same command again later." in said
    assert not DeltaTable.is_deltatable(lake.bronze("online_retail", "invoice_lines"))
    faulty.open()
    assert _ingest(faulty)[0] == 0
    _is_whole(lake)


def test_credentials_that_expire_while_landing_are_told(lake: Environment, faulty: FaultyAws) -> None:
    """Whichever write they stop: one clear line without a key in it, and with new ones everything lands, once."""
    for writes in (0, 4, 7, 9):
        faulty.expire_after(writes, "PUT", "/")
        code, said = _ingest(faulty)
        assert code in (1, 2)
        assert "AWS does not accept the credentials: they are expired or wrong." in said
        assert faulty.faults > 0
        faulty.open()
    assert _ingest(faulty)[0] == 0
    _is_whole(lake)


def test_a_build_survives_throttling_and_tells_of_expired_credentials(
    lake: Environment, faulty: FaultyAws, ask: Callable[[str], list[list[str]]]
) -> None:
    """S3, Glue and Athena refuse a tenth of all calls each; after that, credentials end in the middle of the next
    build, and readers keep what they have."""
    build = ("build", "-s", "dim_date")
    faulty.throttle(0.1)
    code, said = _storelake(faulty, *build)
    assert code == 0, said
    assert faulty.faults > 5
    shown = f'select count(*) from "{lake.catalog_prefix}_gold"."dim_date"'
    days = ask(shown)
    calls = [path for _, path in faulty.asked if path == "AmazonAthena.StartQueryExecution"]
    assert len(calls) > 4
    faulty.open()
    faulty.expire_after(2, "POST", "AmazonAthena.StartQueryExecution")
    code, said = _storelake(faulty, *build)
    assert code == 1, said
    assert "expired" in said
    assert ask(shown) == days
    faulty.open()
    assert _storelake(faulty, *build)[0] == 0
    assert ask(shown) == days
