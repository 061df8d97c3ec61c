"""How people and other programs start and stop it."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx
import pytest
from visitor import REPOSITORY, SOURCES, Visitor

from ingestion.environment import PROJECT

STORELAKE = Path(sys.executable).with_name("storelake")


def test_the_file_of_sources_leads_to_every_source(visitor: Visitor, folder: Path) -> None:
    """What a pipeline reads: each address answers, each secret is named and given, and none stands in the file."""
    text = (folder / "sources.toml").read_text("utf-8")
    declared = tomllib.loads(text)
    assert set(declared["magento"]) == set(SOURCES)
    for source, one in declared["magento"].items():
        assert one["url"] == f"{visitor.url}/magento/{source}"
        assert one["secret"] == f"STORELAKE_SECRET_MAGENTO_{source.upper()}"
        assert one["since"] == "2025-01-01"
        assert not any(value in text for value in visitor.secrets[source].values())
    for one in declared["stock_feed"].values():
        assert visitor.client.get(one["url"]).status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_storelake_sandbox_starts_it_and_says_what_to_type(tmp_path: Path, ending: signal.Signals) -> None:
    """The printed lines work as they are; both ways to end it end the child, too, and are no failure."""
    process = subprocess.Popen(
        [STORELAKE, "sandbox", "--orders", "100"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "STORELAKE_LAKE": str(tmp_path / "lake"), "COLUMNS": "80"},
        start_new_session=True,
    )
    assert process.stdout
    lines = []
    while not lines or "scenario" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1] or process.poll() is None, process.communicate()
    exports = dict(shlex.split(line)[1].split("=", 1) for line in lines if line.startswith("export "))
    assert set(exports) == {"STORELAKE_SOURCES", *(f"STORELAKE_SECRET_MAGENTO_{one.upper()}" for one in SOURCES)}
    [url] = re.findall(r"http://127\.0\.0\.1:\d+", lines[0])
    assert url in Path(exports["STORELAKE_SOURCES"]).read_text("utf-8")
    assert "token" in json.loads(exports["STORELAKE_SECRET_MAGENTO_DE"])
    for line in lines:
        if line.startswith("curl "):
            words = shlex.split(line)
            assert httpx.post(words[3], content=words[5]).status_code == 200
    if ending == signal.SIGINT:
        # As a terminal does: to everybody in front of it.
        os.killpg(process.pid, ending)
    else:
        process.terminate()
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/_sandbox/health")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--orders", "3"), "from 10 to 1,000,000 orders"),
        (("--now", "soon"), "2026-02-01"),
        (("--now", "2031-01-01"), "must lie between"),
        (("--scenario", "calm"), "invalid choice"),
    ],
)
def test_a_wrong_word_is_said_plainly(words: tuple[str, str], says: str) -> None:
    """Exit code 2, and what would be right."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", *words], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said_plainly() -> None:
    """Neither silence nor another port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "--orders", "20", "--port", port],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert port in done.stderr
    assert "Traceback" not in done.stderr
