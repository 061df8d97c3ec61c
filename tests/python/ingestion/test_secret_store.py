"""Secrets in production come from Secrets Manager; moto plays it over HTTP, as AWS does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from ingestion import secret_store
from ingestion.environment import Environment
from ingestion.errors import StorelakeError


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Secrets Manager with nothing in it."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    # What moto holds belongs to this process, not to its server.
    httpx.post(f"http://{host}:{port}/moto-api/reset").raise_for_status()
    try:
        yield boto3.client("secretsmanager")
    finally:
        server.stop()


def production() -> Environment:
    """As a run in production knows it; the same name in a variable must not count there."""
    return Environment("prod", Path("lake"), b"k" * 40, variables={"shop/de": '{"token": "of dev"}'})


def test_a_secret_is_read_from_secrets_manager(manager: Any) -> None:
    """Protects production from a variable that somebody left in its environment."""
    manager.create_secret(Name="shop/de", SecretString='{"token": "of prod"}')
    assert secret_store.read(production(), "shop/de") == {"token": "of prod"}


@pytest.mark.parametrize("text", ["hidden", '{"token": 7}', '{"token": ""}', '["hidden"]', '{"token": "hidden\n"'])
def test_what_is_no_secret_is_told_without_its_value(manager: Any, text: str) -> None:
    """A secret of another form is named, and never quoted."""
    manager.create_secret(Name="shop/de", SecretString=text)
    with pytest.raises(StorelakeError, match="The secret 'shop/de' is no JSON object") as error:
        secret_store.read(production(), "shop/de")
    assert "hidden" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_secret_that_is_not_there_is_named(manager: Any) -> None:
    """Somebody has to know which one to make."""
    with pytest.raises(
        StorelakeError, match="The secret 'shop/de' could not be read from Secrets Manager: ResourceNot"
    ):
        secret_store.read(production(), "shop/de")
