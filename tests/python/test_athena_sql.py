"""The whole project is written for Athena without credentials and without a network, as pull requests of strangers are."""

import json
import os
import subprocess
import sys
from pathlib import Path

import sqlglot

from ingestion.environment import PROJECT

# In the words of Makefile's `athena-sql`, in a process that notes whom it looks for, and finds nobody.
_OFFLINE = """
import sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("ASKED", event, arguments[:2] if event == "socket.getaddrinfo" else arguments[1], file=sys.stderr)
        raise OSError("there is no network here")

sys.addaudithook(watch)
from dbt.cli.main import cli
cli(sys.argv[1:])
"""
_UNWANTED = ("AWS_", "STORELAKE_", "DBT_")


def test_everything_is_compiled_for_athena_without_asking_anybody(tmp_path: Path) -> None:
    """An unguarded `run_query` or look into the catalog would need a role; and what comes out is SQL that Athena reads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNWANTED)}
    # Nobody's home either: no profile with keys lies there.
    alone = {**kept, "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    words = ["--quiet", "--no-populate-cache", "compile", "--no-introspect", "--target", "prod"]
    words += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    done = subprocess.run(
        [sys.executable, "-c", _OFFLINE, *words],
        cwd=PROJECT / "dbt_project",
        env=alone,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "ASKED" in line]) == (0, []), done.stdout
    models = PROJECT / "dbt_project" / "models"
    compiled = tmp_path / "target" / "compiled" / "storelake" / "models"
    wanted = {path.relative_to(models) for path in models.rglob("*.sql")}
    assert wanted == {path.relative_to(compiled) for path in compiled.rglob("*.sql") if ".yml" not in str(path)}
    for name in sorted(wanted):
        sqlglot.parse_one((compiled / name).read_text("utf-8"), dialect="athena")
    # What is read of bronze is written out, though nobody could say which days are new.
    lines = (compiled / "silver" / "online_retail" / "stg_online_retail__invoice_lines.sql").read_text("utf-8")
    assert '"storelake_bronze"."online_retail__invoice_lines"' in lines
    # Made anew there; that they are merged on DuckDB is seen in tests/python/test_benchmarks.py.
    nodes = json.loads((tmp_path / "target" / "manifest.json").read_text("utf-8"))["nodes"].values()
    kinds = {node["name"]: node["config"]["materialized"] for node in nodes if node["resource_type"] == "model"}
    anew = ("int_order_lifecycle", "fct_shipment_lines", "fct_order_status_events")
    assert {kinds[name] for name in anew} == {"table"}
    # And the other way round: DuckDB makes these anew.
    merged = ("mart_daily_sales", "mart_product_performance", "missing_rates", "fct_fx_rates")
    assert {kinds[name] for name in merged} == {"incremental"}
    assert kinds["fct_order_lines"] == "incremental"
