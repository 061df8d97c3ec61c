"""One AWS of this machine for all tests that need one; they skip where Trino cannot run, and say why."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from athena_calls import wait

from ingestion.environment import Environment, load
from sandbox.aws import machine, stack
from sandbox.aws.stack import Stack
from storelake.sandbox import running


@pytest.fixture(scope="session")
def aws() -> Iterator[Stack]:
    """moto, the front and Trino, started once; or the ones whose address STORELAKE_TEST_AWS gives."""
    if url := os.environ.get("STORELAKE_TEST_AWS"):
        yield Stack(url, url)
        return
    if missing := machine.needs_trino(os.environ):
        pytest.skip(missing)
    # A process of its own: Delta's reader keeps Python's lock while it waits for an answer.
    with running([], "sandbox.aws") as found:
        yield Stack(found.url, found.url)


@pytest.fixture
def production(aws: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The same, with the variables that lead there set in this process."""
    for name, value in aws.variables.items():
        monkeypatch.setenv(name, value)
    return aws


@pytest.fixture
def lake(production: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An empty lake in the bucket, with a folder and databases of its own."""
    name = f"lake{time.time_ns()}"
    monkeypatch.setenv("STORELAKE_LAKE", f"s3://{stack.LAKE}/{name}")
    monkeypatch.setenv("STORELAKE_FOLDER", str(tmp_path / "folder"))
    monkeypatch.setenv("STORELAKE_SCHEMA", name)
    return load(os.environ)


@pytest.fixture
def athena(production: Stack) -> Any:
    """boto3's client for Athena."""
    return boto3.client("athena")


@pytest.fixture
def ask(athena: Any, run: Callable[..., dict[str, Any]]) -> Callable[[str], list[list[str]]]:
    """The rows of a query, as texts."""

    def rows(query: str) -> list[list[str]]:
        found = run(query)
        assert found["Status"]["State"] == "SUCCEEDED", (query, found["Status"])
        said = athena.get_query_results(QueryExecutionId=found["QueryExecutionId"])["ResultSet"]["Rows"]
        return [[value["VarCharValue"] for value in row["Data"]] for row in said[1:]]

    return rows


@pytest.fixture
def run(athena: Any) -> Callable[..., dict[str, Any]]:
    """Run a statement to its end and return its execution."""

    def until_it_ends(query: str, **more: Any) -> dict[str, Any]:
        place = {"OutputLocation": f"s3://{stack.RESULTS}/tests/"}
        asked = {"QueryString": query, "ResultConfiguration": place, **more}
        started = athena.start_query_execution(**asked)["QueryExecutionId"]
        return wait(athena, started)

    return until_it_ends
