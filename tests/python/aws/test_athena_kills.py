"""Builds on Athena that are killed at any moment: nothing lost, doubled or half published, and readers never see it."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from athena_calls import wait

from ingestion.environment import Environment
from ingestion.lake import athena as statements
from sandbox.aws import stack
from storelake.athena import query_history
from storelake.ci import parity
from storelake.publishing import athena_views

pytestmark = pytest.mark.trino
STORELAKE = Path(sys.executable).with_name("storelake")
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
CHOSEN = ["fct_order_lines", "fct_return_lines", "fct_orders"]


@pytest.fixture
def lake(lake: Environment) -> Environment:
    """With a folder to drop files in."""
    lake.drop("online_retail", "uk").mkdir(parents=True)
    return lake


def _drop(environment: Environment, day: int) -> None:
    """A day with sold lines and one that is given back; every second day is stated anew by the next file."""
    lines = [
        f"{day}{n},A{n % 7},thing,{n + 1},2010-12-{1 + day // 2:02} 10:00:00,2.5{n % 10},17850,United Kingdom\n"
        for n in range(40)
    ]
    lines.append(f"C{day}99,A1,thing,-1,2010-12-{1 + day // 2:02} 11:00:00,2.50,17850,United Kingdom\n")
    (environment.drop("online_retail", "uk") / f"{day:02}.csv").write_text(HEADER + "".join(lines))


def _storelake(*words: str) -> str:
    done = subprocess.run([STORELAKE, *words], capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    return done.stdout


def _killed(seconds: float, *words: str) -> bool:
    """Start a command and kill it, with what it has started, after so long; False where it had ended by then."""
    process = subprocess.Popen(
        [STORELAKE, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def test_killed_builds_leave_nothing_lost_doubled_or_half_published(
    lake: Environment, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Kill after kill, files landing between; in the end both engines have the same, and readers saw whole sets only."""
    kills = request.config.getoption("--build-kills")
    seed = request.config.getoption("--seed") or random.randrange(10_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    selection = [word for name in CHOSEN for word in ("-s", f"+{name}")]
    # What appends and merges: a kill there is what could lose or double. All else is made anew by each build.
    merged = ("pulls", "stg_online_retail__invoice_lines", "int_order_lines", "fct_order_lines")
    short = [word for name in merged for word in ("-s", name)]
    query = (
        "select count(*) as lines, count(distinct order_line_key) as keys, sum(net_amount) as amount "
        'from "{database}"."{table}"'
    )

    def read(database: str, table: str) -> str:
        from ingestion.lake import bucket

        place = statements.run(lake, query.format(database=f"{lake.catalog_prefix}_{database}", table=table))
        return bucket.read(place).decode()

    _drop(lake, 0)
    _storelake("ingest", "online_retail", "ecb_fx")
    _storelake("build", *selection)
    began = time.monotonic()
    _storelake("build", *short)
    whole = time.monotonic() - began
    seen: set[str] = set()
    failed: list[BaseException] = []
    is_over = threading.Event()

    def reader() -> None:
        while not is_over.is_set():
            try:
                seen.add(read("gold", "fct_order_lines"))
            except BaseException as error:
                failed.append(error)
                return
            time.sleep(1)

    audited = {read("gold", "fct_order_lines")}
    thread = threading.Thread(target=reader)
    thread.start()
    try:
        day = 0
        for number in range(kills):
            if number % 4 == 0:
                day += 1
                _drop(lake, day)
                _storelake("ingest", "online_retail")
            if not _killed(chance.uniform(3, whole), "build", *short):
                audited.add(read("gold", "fct_order_lines"))
            # Publishing alone, too, where a build hardly ever is.
            _killed(chance.uniform(1, 6), "publish")
        _storelake("build", *selection)
    finally:
        is_over.set()
        thread.join()
    assert failed == []
    newest = athena_views.records(lake)
    assert newest
    # What a killed `publish` decided counts as well: it publishes what is built, as it says. Each set is whole.
    audited |= {read("published", found.tables["fct_order_lines"].name) for found in newest}
    assert seen <= audited
    final = read("gold", "fct_order_lines")
    assert final == read("work_gold", "fct_order_lines")
    file, tables = parity.on_duckdb(lake)
    compared = [table for table in tables if table.name in CHOSEN]
    assert len(compared) == len(CHOSEN)
    verdicts = parity.compare(lake, file, compared, tmp_path / "rows")
    assert [verdict.differences for verdict in verdicts] == [[], [], []]
    assert min(verdict.rows[0] for verdict in verdicts) > 0


def test_what_a_killed_build_began_is_stopped_first(
    lake: Environment, athena: Any, run: Callable[..., dict[str, Any]]
) -> None:
    """An INSERT that Athena goes on with would be committed behind the next build's back; other lakes' go on."""

    def start(schema: str) -> str:
        text = f'/* {{"app": "storelake", "run": "r", "schema": "{schema}", "node": "model.storelake.x"}} */ '
        text += "select count(*) from unnest(sequence(1, 9000)) as a (n), unnest(sequence(1, 9000)) as b (n), "
        text += "unnest(sequence(1, 900)) as c (n)"
        identity: str = athena.start_query_execution(
            QueryString=text, ResultConfiguration={"OutputLocation": f"s3://{stack.RESULTS}/kills/"}
        )["QueryExecutionId"]
        return identity

    def state(identity: str) -> str:
        return str(athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"])

    mine, other = start(lake.catalog_prefix), start("another_lake")
    told: list[str] = []
    try:
        query_history.settle(lake, told.append)
        assert state(mine) == "CANCELLED"
        assert state(other) in ("QUEUED", "RUNNING")
        assert told == ["Stopping 1 of Athena's statements, left by a build that was killed …"]
        query_history.settle(lake, told.append)
        assert len(told) == 1
    finally:
        athena.stop_query_execution(QueryExecutionId=other)
        wait(athena, other)
