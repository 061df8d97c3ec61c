"""What a build costs on Athena, out of its history: all statements of a node count, and a budget is kept to."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from ingestion.environment import Environment, load
from sandbox.aws import stack
from sandbox.aws.stack import Stack
from storelake.athena import scan_costs
from storelake.dbt_runner.runner import Node

SCHEMA = f"costs{time.time_ns()}"


@pytest.fixture
def lake(production: Stack, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Where Athena is, with a prefix that no other test's statements name."""
    monkeypatch.setenv("STORELAKE_SCHEMA", SCHEMA)
    return load(os.environ)


def _said(node: str, run: str, schema: str = SCHEMA) -> str:
    return f"/* {json.dumps({'app': 'storelake', 'run': run, 'schema': schema, 'node': node})} */\n"


@pytest.mark.trino
def test_all_statements_of_a_node_count(lake: Environment, run: Callable[..., dict[str, Any]]) -> None:
    """Also those before the last one, on which the adapter's own figure leaves out; other runs' and lakes' do not."""
    run(f"create schema `{SCHEMA}`")
    place = f"s3://{stack.LAKE}/{SCHEMA}/t"
    run(
        f"create table {SCHEMA}.t with (table_type = 'iceberg', is_external = false, location = '{place}') as "
        "select n from unnest(sequence(1, 5000)) as t (n)"
    )
    query = f"select count(*), sum(n) from {SCHEMA}.t"
    for about in (
        _said("model.storelake.other", "before"),
        _said("model.storelake.dim_x", "now"),
        _said("model.storelake.dim_x", "now"),
        _said("model.storelake.elsewhere", "now", "another"),
        _said("test.storelake.y", "now"),
    ):
        assert run(about + query)["Status"]["State"] == "SUCCEEDED"
    assert run(_said("model.storelake.dim_x", "now") + """select '{"rowcount":5000,"data_scanned_in_bytes":7}'""")
    one = run(query)["Statistics"]["DataScannedInBytes"]
    assert one > 0
    found = scan_costs.of_build(lake, "now")
    assert [(cost.node, cost.statements, cost.scanned_bytes, cost.rows) for cost in found] == [
        ("model.storelake.dim_x", 3, 2 * one, 5000),
        ("test.storelake.y", 1, one, None),
    ]
    # Each query is charged with 10 MB at least; one that scanned nothing, with nothing.
    assert found[0].charged_bytes == 20_000_000
    assert found[0].dollars == pytest.approx(0.0001)
    # Where none is named, the latest run of this lake.
    assert scan_costs.of_build(lake) == found
    assert [cost.node for cost in scan_costs.of_build(lake, "before")] == ["model.storelake.other"]


def test_a_budget_is_for_all_statements_together() -> None:
    """A node that scanned more than its yml allows is named with both figures; one without a budget never is."""
    found = [
        scan_costs.Cost("model.storelake.dim_x", statements=3, scanned_bytes=2_500_000),
        scan_costs.Cost("test.storelake.y"),
    ]
    nodes = [
        Node("dim_x", "model", "success", 1.0, identity="model.storelake.dim_x", max_scan_mb=2.4),
        Node("y", "test", "pass", 1.0, identity="test.storelake.y"),
    ]
    assert scan_costs.over_budget(found, nodes) == ["dim_x scanned 2.5 MB in 3 statements: its max_scan_mb allows 2.4."]
    found[0].scanned_bytes = 2_400_000
    assert scan_costs.over_budget(found, nodes) == []
