"""The command line on a small lake: exit codes, gates, publishing, the webhook, dbt typed by hand."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from lakes import line, table
from test_demo import storelake

from ingestion.environment import PROJECT
from storelake.dbt_runner import duckdb_extensions


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with one small day of the shop and the ECB's rates, built, published, and put aside."""
    lake = tmp_path_factory.mktemp("small") / "lake"
    drop = lake / "drop" / "online_retail" / "uk"
    drop.mkdir(parents=True)
    (drop / "a day.csv").write_text(table(line(1, "A"), line(1, "POST"), line("C2", "A", quantity=-1)))
    done = storelake(lake, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    return lake.rename(lake.with_name("kept"))


@pytest.fixture
def small(built: Path) -> Path:
    """A copy of it that a test may break, where it was built: elsewhere dbt would read the whole project again."""
    lake = built.with_name("lake")
    shutil.rmtree(lake, ignore_errors=True)
    return Path(shutil.copytree(built, lake))


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A real server that keeps what it is told."""
    told: list[dict[str, object]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/secret-path", told
        server.shutdown()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ingest", "nosuch"], "There is no system 'nosuch'"),
        (["ingest", "online_retail", "--path", "/nonexistent", "--source", "mine"], "is no folder"),
        (["ingest", "online_retail", "--path", ".", "--source", "uk"], "a --source of its own"),
        (["ingest", "online_retail", "--path", ".", "--source", "Not Good"], "lower case"),
        (["ingest", "--since", "2011-02-01", "--until", "2011-01-01"], "--since must be before"),
        (["ingest", "--source", "nobody"], "No source 'nobody'"),
        (["ingest", "--workers", "0"], "--workers"),
        (["explain", "999"], "Gold has no order"),
        (["nosuchcommand"], "nosuchcommand"),
    ],
)
def test_a_wrong_command_is_told_in_one_line(built: Path, arguments: list[str], says: str) -> None:
    """Protects users and scripts: exit code 2, a sentence that says what is wrong, no stack trace."""
    done = storelake(built, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_published_before_the_first_build(tmp_path: Path) -> None:
    """Protects newcomers: commands on an empty lake say what to run first."""
    done = storelake(tmp_path / "lake", "export", "--to", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "storelake build" in done.stderr
    assert "storelake ingest" in storelake(tmp_path / "lake", "status").stdout


def test_a_failed_gate_leaves_the_published_gold(small: Path, webhook: tuple[str, list[dict[str, object]]]) -> None:
    """Protects readers: a gate that fails stops what is behind it, publishes nothing, and says which rows broke
    which rule; the webhook is told, and its address is not repeated anywhere."""
    url, told = webhook
    before = (small / "storelake.duckdb").read_bytes()
    # A fault of ours: a line is there twice, and a build that takes in what is new leaves it as it is.
    with duckdb.connect(str(small / "work" / "storelake.duckdb")) as work:
        work.execute("insert into silver.int_order_lines from silver.int_order_lines where sku = 'A' and not is_return")
        query = "select order_line_key from silver.int_order_lines group by all having count(*) > 1"
        [doubled] = work.execute(query).fetchall()
    (small / "drop" / "online_retail" / "uk" / "next.csv").write_text(table(line(7, "A")))
    assert storelake(small, "ingest", "online_retail").returncode == 0
    done = storelake(small, "build", STORELAKE_WEBHOOK_URL=url)
    assert done.returncode == 1, done.stdout
    assert "int_order_lines_one_row_per_key" in done.stderr
    assert "more than one row" in done.stderr
    assert "Traceback" not in done.stderr
    assert "17850" not in done.stdout + done.stderr
    assert (small / "storelake.duckdb").read_bytes() == before
    assert [message["command"] for message in told] == ["build"]
    assert "secret-path" not in done.stdout + done.stderr
    with duckdb.connect(str(small / "work" / "storelake.duckdb"), read_only=True) as work:
        query = "select test_name, model_name, status, row_key, failing_row from ops.test_failures"
        kept = {row[0]: row for row in work.execute(query).fetchall()}
    _, model, status, key, row = kept["int_order_lines_one_row_per_key"]
    assert (model, status) == ("int_order_lines", "fail")
    assert json.loads(key) == {"order_line_key": str(doubled[0])}
    assert json.loads(row)["broken_rule"] == "more than one row"
    # What a gate has stopped is not published by a part that is green, nor without a build.
    for arguments in (["build", "--select", "dim_country"], ["publish"], ["run"]):
        again = storelake(small, *arguments)
        assert again.returncode == 1, arguments
        assert "int_order_lines_one_row_per_key" in again.stderr, arguments
        assert "Traceback" not in again.stderr
        assert (small / "storelake.duckdb").read_bytes() == before


def test_files_of_the_lake_are_for_their_owner_and_group(built: Path) -> None:
    """Protects persons: refused records, raw files and what is published are not for everybody on the machine."""
    for path in (built, *built.rglob("*")):
        if "drop" not in path.relative_to(built).parts and path != built and not path.is_symlink():
            assert path.stat().st_mode & 0o007 == 0, path
    assert (built / "storelake.duckdb").stat().st_mode & 0o777 == 0o440


def test_tables_and_columns_of_what_is_published_are_described(built: Path) -> None:
    """Protects who looks at them in a BI tool: each has its description as a comment, also where nothing was sent yet."""
    with duckdb.connect(str(built / "storelake.duckdb"), read_only=True) as database:
        columns = "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        assert database.execute(columns).fetchall() == []
        assert database.execute("select table_name from duckdb_tables() where comment is null").fetchall() == []
        query = "select comment from duckdb_columns() where table_name = 'open_gates' and column_name = 'name'"
        assert database.execute(query).fetchall() == [("Its name.",)]


def test_readers_keep_what_they_have_open_while_gold_is_published(small: Path) -> None:
    """Protects BI tools: an open connection goes on reading the old gold; the next one reads the new."""
    old = duckdb.connect(str(small / "storelake.duckdb"), read_only=True)
    (small / "drop" / "online_retail" / "uk" / "next.csv").write_text(table(line(3, "B", at="2011-01-05 10:00:00")))
    done = storelake(small, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    query = "select count(*) from gold.fct_order_lines"
    assert old.execute(query).fetchone() == (2,)
    old.close()
    with duckdb.connect(str(small / "storelake.duckdb"), read_only=True) as new:
        assert new.execute(query).fetchone() == (3,)
    assert [path.name for path in small.iterdir() if path.name.startswith(".")] == []


def test_strict_tells_scripts_that_something_waits(small: Path) -> None:
    """Protects schedulers: quarantine is no failure, but --strict makes it one that can be told apart."""
    (small / "drop" / "online_retail" / "uk" / "bad.csv").write_text(
        table(line(4, "A", quantity="many", at="2011-01-07 10:00:00"))
    )
    done = storelake(small, "ingest", "online_retail", "--strict")
    assert done.returncode == 3, done.stdout + done.stderr
    feed = next(f for f in json.loads(storelake(small, "status", "--json").stdout) if f["source"] == "uk")
    assert feed["quarantine_waiting"] == 1
    assert storelake(small, "replay").returncode == 0


def test_a_failed_feed_is_told_to_the_webhook(small: Path, webhook: tuple[str, list[dict[str, object]]]) -> None:
    """Protects whoever is on call: a feed that fails gives exit code 1 and a message, and the others go on."""
    url, told = webhook
    pulls = small / "bronze" / "online_retail__invoice_lines" / "_delta_log" / "00000000000000000000.json"
    pulls.write_text("{not json")
    (small / "drop" / "online_retail" / "uk" / "more.csv").write_text(table(line(5, "A", at="2011-01-06 10:00:00")))
    done = storelake(small, "ingest", STORELAKE_WEBHOOK_URL=url)
    assert done.returncode == 1
    assert "failed online_retail/uk/invoice_lines" in done.stdout
    assert "Traceback" not in done.stderr
    assert len(told) == 1


def test_dbt_build_typed_by_hand(small: Path) -> None:
    """Protects people who know dbt: in dbt_project/, dbt build works as it is, unit tests and all, and publishes nothing."""
    before = (small / "storelake.duckdb").stat().st_mtime_ns
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "build", "--target-path", str(small / "work" / "target")],
        cwd=PROJECT / "dbt_project",
        env={
            **os.environ,
            "STORELAKE_LAKE": str(small),
            "STORELAKE_DUCKDB_EXTENSIONS": str(duckdb_extensions.FOLDER),
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "unit_test" in done.stdout or "unit test" in done.stdout
    assert (small / "storelake.duckdb").stat().st_mtime_ns == before


def test_a_run_with_nothing_new_only_tells_the_ledger(small: Path) -> None:
    """Protects the daily run's time and its truth: gold is left alone only where it is as a green build left it."""

    def count(file: Path, name: str) -> int:
        with duckdb.connect(str(file), read_only=True) as database:
            row = database.execute(f"select count(*) from {name}").fetchone()
        assert row is not None
        return int(row[0])

    published, work = small / "storelake.duckdb", small / "work" / "storelake.duckdb"
    pulls = count(published, "ops.pulls")
    again = storelake(small, "run")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "only the ledger is told" in again.stdout
    assert count(published, "ops.pulls") == 2 * pulls

    with duckdb.connect(str(work)) as database:
        database.execute("delete from gold.fct_orders")
    mended = storelake(small, "run")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "only the ledger is told" not in mended.stdout
    assert count(published, "gold.fct_orders") > 0


def test_a_warning_is_told_and_kept_with_key_and_pull(small: Path) -> None:
    """Protects whoever looks after the data: what only warns is published, and can be followed to its row and pull."""
    person = "Jane Doe jane@example.org"
    odd = table(
        line(9, "A", price="-1.5", at="2011-01-06 10:00:00"),
        line(10, "A", person, quantity="many", at="2011-01-06 10:00:00"),
    )
    (small / "drop" / "online_retail" / "uk" / "odd.csv").write_text(odd)
    done = storelake(small, "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 warned" in done.stdout
    assert "sold below nothing" in " ".join(done.stderr.split())
    with duckdb.connect(str(small / "storelake.duckdb"), read_only=True) as database:
        found = database.execute("""
            select kept.column_name, kept.status, lines.order_id, pulls.entity
            from ops.test_failures as kept
            inner join gold.fct_order_lines as lines
                on cast(kept.row_key ->> 'order_line_key' as bigint) = lines.order_line_key
            inner join ops.pulls as pulls using (pull_id)
        """).fetchall()
    assert found == [("unit_price", "warn", "9", "invoice_lines")]
    # The refused record is shown where it is kept, and stands in nothing that is published.
    assert person in storelake(small, "quarantine", "show").stdout
    with duckdb.connect(str(small / "storelake.duckdb"), read_only=True) as database:
        assert database.execute("select field, replayed_at from ops.quarantine").fetchall() == [("Quantity", None)]
        tables = database.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, name in tables:
            query = f'select count(*) from {schema}."{name}" as r where cast(r as varchar) like ?'
            assert database.execute(query, [f"%{person}%"]).fetchone() == (0,), name
        columns = "select table_name from duckdb_columns() where column_name in ('document', '_document', '_refused_document')"
        assert database.execute(columns).fetchall() == []
