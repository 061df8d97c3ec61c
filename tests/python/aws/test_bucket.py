"""Landing in a bucket: the same as on disk, where it is registered, and what is said when S3 will not."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import boto3
import pytest
from deltalake import DeltaTable

from ingestion import run
from ingestion.environment import PROJECT, Environment
from ingestion.errors import StorelakeError, said_by_aws
from ingestion.extract.files import file_extraction
from ingestion.lake import bucket
from ingestion.load.ledger import Ledger
from sandbox.aws import stack
from sandbox.aws.stack import Stack

pytestmark = pytest.mark.trino
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def _line(number: int, day: int) -> str:
    return f"{number},A{number},thing,1,2011-01-{day:02} 10:00:00,2.50,17850,United Kingdom\n"


@pytest.fixture
def lake(lake: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """With a folder to drop files in, which are never too young to be read."""
    monkeypatch.setattr(file_extraction, "SETTLE_SECONDS", 0.0)
    lake.drop("online_retail", "shop").mkdir(parents=True)
    return lake


def _drop(environment: Environment, name: str, first: int, number: int, day: int = 4) -> None:
    lines = "".join(_line(n, day) for n in range(first, first + number))
    (environment.drop("online_retail", "shop") / name).write_text(HEADER + lines)


def _bronze(environment: Environment) -> DeltaTable:
    return DeltaTable(environment.bronze("online_retail", "invoice_lines"))


def _keys(environment: Environment) -> list[str]:
    return sorted(_bronze(environment).to_pyarrow_table(columns=["_record_key"])["_record_key"].to_pylist())


def test_it_lands_is_registered_and_known_the_second_time(
    lake: Environment, ask: Callable[[str], list[list[str]]]
) -> None:
    """Bronze and ledger by way of Athena hold what was landed; new commits show there without another word."""
    _drop(lake, "a.csv", 1, 20)
    [outcome] = run.ingest(lake, ["online_retail"], source="shop")
    assert (outcome.error, outcome.pulls[0].counts.landed) == (None, 20)
    query = (
        f'select count(*), count(distinct source) from "{lake.catalog_prefix}_bronze"."online_retail__invoice_lines"'
    )
    assert ask(query) == [["20", "1"]]
    _drop(lake, "b.csv", 15, 10)
    [outcome] = run.ingest(lake, ["online_retail"], source="shop")
    counts = outcome.pulls[0].counts
    assert (outcome.error, counts.landed, counts.known, counts.items_seen) == (None, 4, 6, 1)
    # The second file states the day anew: what it does not repeat is gone, and written down as such.
    assert counts.deleted == 14
    assert ask(query) == [["38", "1"]]
    completed = f'select count(*) from "{lake.catalog_prefix}_ledger"."pulls" where status = \'completed\''
    assert ask(completed) == [["2"]]
    # A runner with an empty disk goes on from what is in the bucket.
    import shutil

    shutil.rmtree(lake.work)
    [outcome] = run.ingest(lake, ["online_retail"], source="shop")
    assert (outcome.pulls[0].counts.landed, outcome.pulls[0].counts.items_seen) == (0, 2)
    raw = boto3.client("s3").list_objects_v2(
        Bucket=stack.LAKE, Prefix=f"{lake.root.removeprefix(f's3://{stack.LAKE}/')}/raw/"
    )
    assert raw["KeyCount"] == 2


def test_several_writers_and_kills_lose_and_double_nothing(lake: Environment, request: pytest.FixtureRequest) -> None:
    """Two runs at once, killed again and again at any moment, land every line once: no lock table is there."""
    kills = request.config.getoption("--kills")
    seed = request.config.getoption("--seed") or random.randrange(10_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    program = (
        "import os\nfrom ingestion import run\nfrom ingestion.environment import load\n"
        "from ingestion.extract.files import file_extraction\nfile_extraction.SETTLE_SECONDS = 0\nrun.ingest(load(os.environ), ['online_retail'], source='shop')\n"
    )

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT, start_new_session=True)

    _drop(lake, "0.csv", 0, 50)
    began = time.monotonic()
    assert start().wait() == 0
    whole = time.monotonic() - began
    files_dropped = 1
    for number in range(kills):
        # Something is always there to land; what waits grows while nobody gets to its end.
        if number % 2 == 0:
            _drop(lake, f"{files_dropped}.csv", files_dropped * 50, 50, day=files_dropped + 4)
            files_dropped += 1
        pair = [start(), start()]
        time.sleep(chance.uniform(1, 1.5 * whole))
        for one in pair:
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()
    [outcome] = run.ingest(lake, ["online_retail"], source="shop")
    assert outcome.error is None
    keys = _keys(lake)
    assert len(keys) == len(set(keys)) == files_dropped * 50
    pulls = Ledger(lake).pulls()
    assert sum(pull["records_landed"] for pull in pulls if pull["status"] == "completed") == len(keys)
    print({status: sum(pull["status"] == status for pull in pulls) for status in ("completed", "failed", "running")})


def test_the_probe_sees_a_store_that_writes_over(lake: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly-once rests on conditional writes: a store without them is refused before anything lands."""
    assert lake.bucket is not None
    bucket.probe(lake.bucket)
    client = boto3.client("s3")

    # What a store does that does not know the header: it drops it.
    def drop(request: Any, **_: object) -> None:
        del request.headers["If-None-Match"]

    client.meta.events.register("before-send.s3.PutObject", drop)
    monkeypatch.setattr(bucket, "_client", lambda: client)
    with pytest.raises(StorelakeError, match="If-None-Match"):
        bucket.probe(lake.bucket)


def test_a_bucket_that_is_not_there_is_said_plainly(production: Stack) -> None:
    """Before anything is read."""
    with pytest.raises(StorelakeError, match="There is no such bucket"):
        bucket.probe("s3://storelake-nowhere")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("An error occurred (ExpiredToken) when calling the PutObject operation", "expired or wrong"),
        ("Generic S3 error: … <Code>SlowDown</Code>", "slow down"),
        ("An error occurred (ThrottlingException) when calling the GetTables operation", "slow down"),
        ("An error occurred (AccessDenied)", "does not allow"),
        ("something else", None),
    ],
)
def test_what_aws_says_is_told_in_one_line(text: str, says: str | None) -> None:
    """Whichever of the three clients of S3 met it."""
    said = said_by_aws(text)
    assert said is None if says is None else says in (said or "")
